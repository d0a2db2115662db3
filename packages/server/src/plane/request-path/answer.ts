import { provenanceHeaders } from '@mulle/contract';
import type { MulleError } from '#kernel/errors.ts';
import { float32Bytes } from '../codecs/binary-tensors.ts';
import type { Codec } from '../codecs/codec.ts';
import { JsonText } from '../codecs/json-text.ts';
import { encodeTensorAnswer } from '../codecs/tensor-json.ts';
import type { Exchange } from './exchange.ts';
import { explain, labelsOf } from './explain.ts';
import { jsonLengthHeader } from './read-body.ts';
import type { HttpResponse } from './http-message.ts';

/** Sends JSON text. Headers are a flat list of names and values, which Node writes as they are. */
export function sendJson(response: HttpResponse, status: number, headers: string[], body: string): void {
  if (response.headersSent || response.destroyed) return;
  headers.push('content-type', 'application/json', 'content-length', String(Buffer.byteLength(body)));
  response.writeHead(status, headers);
  response.end(body);
}

/** Sends an error in the words of the codec. A request whose body was not read to its end loses its connection. */
export function sendError(response: HttpResponse, codec: Codec, error: MulleError, requestId: string): void {
  const headers: string[] = [];
  if (requestId !== '') headers.push(provenanceHeaders.requestId, requestId);
  if (error.retryAfterSeconds !== undefined) headers.push('retry-after', String(error.retryAfterSeconds));
  if (!response.req.complete) headers.push('connection', 'close');
  sendJson(response, error.httpStatus, headers, codec.encodeError(error.code, error.message, error.details));
}

/** Answers are written one after the other, so one text serves all. */
const text = new JsonText();

/** The scores or tensors with their provenance in headers and metadata, or the error that is left when nothing answered. */
export function answer(exchange: Exchange): void {
  const { response, codec, failure, scores, outputs, call } = exchange;
  if (failure !== null || (scores === null && outputs === null)) {
    if (failure !== null) sendError(response, codec, failure, exchange.requestId);
    return;
  }
  const headers = provenanceOf(exchange);
  if (outputs !== null && call !== null) {
    const behind = encodeTensorAnswer(text.truncate(0), exchange, call, outputs);
    if (behind.length > 0) return sendBinary(response, headers, text.toString(), Buffer.concat(behind));
  } else {
    exchange.labels = labelsOf(exchange);
    exchange.explanation = explain(exchange);
    codec.encode(text.truncate(0), exchange, scores ?? []);
    if (exchange.decoded?.wantsBinary === true)
      return sendBinary(response, headers, text.toString(), float32Bytes(scores ?? []));
  }
  const body = text.toString();
  headers.push('content-type', 'application/json', 'content-length', String(body.length));
  if (response.destroyed) return;
  response.writeHead(200, headers);
  // ASCII: one byte a character, so nothing has to be counted or converted.
  response.end(body, 'latin1');
}

/** Where an answer came from, as a flat list of headers. */
function provenanceOf(exchange: Exchange): string[] {
  const { servedVersion, experimentId, group } = exchange;
  const headers = [
    provenanceHeaders.requestId,
    exchange.requestId,
    provenanceHeaders.source,
    exchange.source,
    provenanceHeaders.ageMs,
    String(exchange.ageMs),
  ];
  if (servedVersion !== null) headers.push(provenanceHeaders.modelVersion, servedVersion);
  if (experimentId !== null) headers.push(provenanceHeaders.experimentId, experimentId);
  if (group !== null) headers.push(provenanceHeaders.experimentGroup, group);
  return headers;
}

/** An answer of JSON, in ASCII, with bytes behind it. */
function sendBinary(response: HttpResponse, headers: string[], json: string, bytes: Buffer): void {
  headers.push('content-type', 'application/octet-stream', jsonLengthHeader, String(json.length));
  headers.push('content-length', String(json.length + bytes.length));
  if (response.destroyed) return;
  response.writeHead(200, headers);
  response.write(json, 'latin1');
  response.end(bytes);
}

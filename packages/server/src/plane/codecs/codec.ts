import type { AnswerSource, Explanation } from '@mulle/contract';
import type { JsonText } from './json-text.ts';
import type { ServingEndpoint } from '../serving/serving.ts';

/** A request as its wire format told it: raw values by row, in the order of the endpoint's fields; undefined = absent. */
export interface CodecRequest {
  readonly rows: readonly (readonly unknown[])[];
  /** The caller's own id in the body. */
  readonly id: string | null;
  /** One record that is answered by one score, not by a list. */
  readonly isSingle: boolean;
  /** The answer's values are wanted as bytes behind its JSON. */
  readonly wantsBinary?: boolean;
  /** The body asks why. */
  readonly explain?: boolean;
}

/** What an answer tells beside its scores. An exchange is one. */
export interface Answer {
  readonly endpoint: Pick<ServingEndpoint, 'name'>;
  readonly decoded: CodecRequest | null;
  readonly requestId: string;
  readonly servedVersion: string | null;
  /** The release that chose; null for a pinned request. */
  readonly experimentId: string | null;
  readonly group: string | null;
  readonly latencyMs: number;
  readonly source: AnswerSource;
  readonly ageMs: number;
  /** What the answers mean, by row, where rules said so. */
  readonly labels: readonly (string | null)[] | null;
  /** Null where nobody asked. */
  readonly explanation: Explanation | null;
}

/** A wire format of inference. */
export interface Codec {
  /** Whether bytes may stand behind the JSON of a body. */
  readonly takesBinary: boolean;
  /** Throws `invalid_argument`, `invalid_shape` or `unknown_field`. `binary`: what stands behind the JSON. */
  decode(body: unknown, endpoint: ServingEndpoint, binary: Buffer | null): CodecRequest;
  /** Writes an answer, one score a row. */
  encode(text: JsonText, answer: Answer, scores: readonly number[]): void;
  /** JSON text of an error. */
  encodeError(code: string, message: string, details: Record<string, unknown> | undefined): string;
}

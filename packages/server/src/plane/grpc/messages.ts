import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import type { ModelInferRequest } from './transcode-infer.ts';

const serviceName = 'inference.GRPCInferenceService';

/** What any request of the service holds; each has the fields of its own, and absent ones read as empty. */
export interface RequestMessage extends ModelInferRequest {
  /** An endpoint, and a version of it. */
  readonly name: string;
  readonly version: string;
  readonly ready: boolean;
  readonly first_name: string;
  readonly second_name: string;
}

/** One method of the service with its messages as bytes. */
export interface MethodCodec {
  readonly path: string;
  readonly decode: (bytes: Buffer) => RequestMessage;
  readonly encode: (message: Record<string, unknown>) => Buffer;
}

/** The methods of the protocol by name, read from `open-inference.proto`. Fields keep the protocol's own names. */
export function methodCodecs(): ReadonlyMap<string, MethodCodec> {
  const text = readFileSync(fileURLToPath(new URL('./open-inference.proto', import.meta.url)), 'utf8');
  const { root } = protobuf.parse(text, { keepCase: true });
  const service = root.lookupService(serviceName);
  return new Map(
    Object.values(service.methods).map((method) => {
      const request = root.lookupType(`inference.${method.requestType}`);
      const response = root.lookupType(`inference.${method.responseType}`);
      const codec: MethodCodec = {
        path: `/${serviceName}/${method.name}`,
        // Its prototype has every field of its type.
        decode: (bytes) => request.decode(bytes) as protobuf.Message & RequestMessage,
        encode: (message) => Buffer.from(response.encode(response.fromObject(message)).finish()),
      };
      return [method.name, codec];
    }),
  );
}

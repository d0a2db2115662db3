import type { FieldType } from '@mulle/contract';
import { outputName } from '../codecs/oip.ts';
import type { ServingEndpoint } from '../serving/serving.ts';

const datatypeOf: Record<FieldType, string> = {
  number: 'FP64',
  integer: 'INT64',
  boolean: 'BOOL',
  string: 'BYTES',
  timestamp: 'INT64',
};

/** An endpoint as `GET /v2/models/{endpoint}` tells it. */
export function modelMetadata({ name, definition, variants, tensors }: ServingEndpoint): Record<string, unknown> {
  const described = {
    name,
    versions: [...new Set([...variants.values()].map(({ version }) => version))],
    platform: 'mulle',
  };
  if (tensors !== null) return { ...described, ...tensors };
  return {
    ...described,
    inputs: definition.inputs.map((field) => ({ name: field.name, datatype: datatypeOf[field.type], shape: [-1] })),
    outputs: [{ name: outputName, datatype: 'FP32', shape: [-1] }],
  };
}

import { Type, type Static } from './type.ts';
import { TensorDatatype } from './inference-protocol.ts';

/** One named tensor that a model takes or gives. −1 in a shape: any size, the first one counting rows. */
export const TensorSpec = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 256 }),
    datatype: TensorDatatype,
    shape: Type.Array(Type.Integer({ minimum: -1 }), { maxItems: 16 }),
  },
  { additionalProperties: false },
);
export type TensorSpec = Static<typeof TensorSpec>;

/** What a model takes and gives, as the Open Inference Protocol has it. Outputs are empty where nothing names them. */
export const ModelSignature = Type.Object(
  {
    inputs: Type.Array(TensorSpec, { minItems: 1, maxItems: 1_000 }),
    outputs: Type.Array(TensorSpec, { maxItems: 1_000 }),
  },
  { additionalProperties: false },
);
export type ModelSignature = Static<typeof ModelSignature>;

/** `FP32 [-1, 4]` */
export function describeTensor({ datatype, shape }: Pick<TensorSpec, 'datatype' | 'shape'>): string {
  return `${datatype} [${shape.join(', ')}]`;
}

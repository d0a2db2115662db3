import { Type, type Static } from './type.ts';

/** Open Inference Protocol v2, REST: https://github.com/kserve/open-inference-protocol */
export const TensorDatatype = Type.Enum([
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'BF16',
  'FP32',
  'FP64',
  'BYTES',
]);
export type TensorDatatype = Static<typeof TensorDatatype>;

export const InferTensor = Type.Object({
  name: Type.String(),
  shape: Type.Array(Type.Integer({ minimum: 0 })),
  datatype: TensorDatatype,
  parameters: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  /** Flat or nested row-major. */
  data: Type.Array(Type.Unknown()),
});
export type InferTensor = Static<typeof InferTensor>;

export const InferRequest = Type.Object({
  id: Type.Optional(Type.String()),
  parameters: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  inputs: Type.Array(InferTensor, { minItems: 1 }),
  outputs: Type.Optional(
    Type.Array(
      Type.Object({ name: Type.String(), parameters: Type.Optional(Type.Record(Type.String(), Type.Unknown())) }),
    ),
  ),
});
export type InferRequest = Static<typeof InferRequest>;

export const InferResponse = Type.Object({
  id: Type.String(),
  model_name: Type.String(),
  model_version: Type.String(),
  parameters: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  outputs: Type.Array(InferTensor),
});
export type InferResponse = Static<typeof InferResponse>;

/** Body of the plain route `POST /v1/endpoints/{name}/predict`: one record, or many. */
export const PredictRequest = Type.Union([
  Type.Object({ input: Type.Record(Type.String(), Type.Unknown()) }, { additionalProperties: false }),
  Type.Object(
    { inputs: Type.Array(Type.Record(Type.String(), Type.Unknown()), { minItems: 1 }) },
    { additionalProperties: false },
  ),
]);
export type PredictRequest = Static<typeof PredictRequest>;

import { Type, type Static } from './type.ts';
import { Digest, Duration, ModelName, Name } from './names.ts';

/** What a batch reads, row by row in the order of its files. */
export const BatchInput = Type.Union([
  /** A version of a dataset; its newest where none is named. */
  Type.Object(
    { kind: Type.Literal('dataset'), dataset: Name, version: Type.Optional(Type.Integer({ minimum: 1 })) },
    { additionalProperties: false },
  ),
  /** A stored file. */
  Type.Object(
    { kind: Type.Literal('file'), digest: Digest, format: Type.Enum(['parquet', 'csv']) },
    { additionalProperties: false },
  ),
]);
export type BatchInput = Static<typeof BatchInput>;

/** What a batch made. */
export const BatchReport = Type.Object({
  rows: Type.Integer({ minimum: 0 }),
  /** Rows that the model refused: their answers are null, and the column `error` says why. */
  failedRows: Type.Integer({ minimum: 0 }),
  /** Blob of a Parquet file: the columns of the input, those of the answer, and `error`, in the order of the input. */
  output: Digest,
  bytes: Type.Integer({ minimum: 0 }),
  /** Of the last attempt, from its first row to its last. */
  rowsPerSecond: Type.Number({ minimum: 0 }),
  seconds: Type.Number({ minimum: 0 }),
});
export type BatchReport = Static<typeof BatchReport>;

/** A batch of answers; it is a run of one task in the work role, whose lease, retries and log it has. */
export const BatchJob = Type.Object({
  /** Of the run, whose log `GET /api/pipeline-runs/{id}/logs` tells. */
  id: Type.String(),
  model: ModelName,
  version: Type.Integer({ minimum: 1 }),
  input: BatchInput,
  /** It fails when an attempt takes longer. */
  window: Duration,
  state: Type.Enum(['waiting', 'running', 'succeeded', 'failed', 'cancelled']),
  /** 0…1; null before the first row. */
  progress: Type.Union([Type.Number(), Type.Null()]),
  attempt: Type.Integer({ minimum: 0 }),
  report: Type.Union([BatchReport, Type.Null()]),
  error: Type.Union([Type.Object({ code: Type.String(), message: Type.String() }), Type.Null()]),
  startedBy: Type.String(),
  createdAtMs: Type.Number(),
  /** Of the present attempt. */
  startedAtMs: Type.Union([Type.Number(), Type.Null()]),
  endedAtMs: Type.Union([Type.Number(), Type.Null()]),
});
export type BatchJob = Static<typeof BatchJob>;

/** Messages of MLflow's REST protocol, as far as they are brought over; what else they hold is passed over. */
import { Type } from '@mulle/contract';
import type { Static } from 'typebox';

const text = Type.Optional(Type.String());
const integer = Type.Optional(Type.Integer());
const pairs = Type.Optional(Type.Array(Type.Object({ key: Type.String(), value: text })));

export const ExperimentMessage = Type.Object({
  experiment_id: Type.String(),
  name: Type.String(),
  lifecycle_stage: text,
  tags: pairs,
});
export type ExperimentMessage = Static<typeof ExperimentMessage>;

export const MetricMessage = Type.Object({
  key: Type.String(),
  /** A number, or `NaN`, `Infinity`, `-Infinity`. */
  value: Type.Union([Type.Number(), Type.String()]),
  timestamp: Type.Integer(),
  step: integer,
  run_id: text,
  dataset_name: text,
  dataset_digest: text,
});
export type MetricMessage = Static<typeof MetricMessage>;

export const RunMessage = Type.Object({
  info: Type.Object({
    run_id: Type.String(),
    run_name: text,
    experiment_id: Type.String(),
    user_id: text,
    status: Type.String(),
    start_time: integer,
    end_time: integer,
    artifact_uri: text,
    lifecycle_stage: text,
  }),
  data: Type.Optional(Type.Object({ metrics: Type.Optional(Type.Array(MetricMessage)), params: pairs, tags: pairs })),
  inputs: Type.Optional(
    Type.Object({
      dataset_inputs: Type.Optional(Type.Array(Type.Unknown())),
      model_inputs: Type.Optional(Type.Array(Type.Object({ model_id: Type.String() }))),
    }),
  ),
  outputs: Type.Optional(
    Type.Object({
      model_outputs: Type.Optional(Type.Array(Type.Object({ model_id: Type.String(), step: integer }))),
    }),
  ),
});
export type RunMessage = Static<typeof RunMessage>;

export const LoggedModelMessage = Type.Object({
  info: Type.Object({
    model_id: Type.String(),
    experiment_id: Type.String(),
    name: text,
    creation_timestamp_ms: Type.Integer(),
    last_updated_timestamp_ms: Type.Integer(),
    artifact_uri: text,
    status: text,
    status_message: text,
    model_type: text,
    source_run_id: text,
    tags: pairs,
  }),
  data: Type.Optional(Type.Object({ params: pairs, metrics: Type.Optional(Type.Array(MetricMessage)) })),
});
export type LoggedModelMessage = Static<typeof LoggedModelMessage>;

export const RegisteredModelMessage = Type.Object({
  name: Type.String(),
  description: text,
  tags: pairs,
  aliases: Type.Optional(
    Type.Array(Type.Object({ alias: Type.String(), version: Type.Union([Type.String(), Type.Integer()]) })),
  ),
});
export type RegisteredModelMessage = Static<typeof RegisteredModelMessage>;

export const VersionMessage = Type.Object({
  name: Type.String(),
  version: Type.Union([Type.String(), Type.Integer()]),
  creation_timestamp: Type.Integer(),
  current_stage: text,
  description: text,
  source: text,
  run_id: text,
  run_link: text,
  model_id: text,
  tags: pairs,
});
export type VersionMessage = Static<typeof VersionMessage>;

export const TraceMessage = Type.Object({
  trace_id: Type.String(),
  tags: Type.Optional(Type.Record(Type.String(), Type.String())),
  trace_metadata: Type.Optional(Type.Record(Type.String(), Type.String())),
  assessments: Type.Optional(Type.Array(Type.Record(Type.String(), Type.Unknown()))),
});
export type TraceMessage = Static<typeof TraceMessage>;

export const FileMessage = Type.Object({
  path: Type.String(),
  is_dir: Type.Optional(Type.Boolean()),
  file_size: integer,
});

/** Keys and values as a record. */
export function recordOf(given: Static<typeof pairs> = []): Record<string, string> {
  return Object.fromEntries(given.map(({ key, value = '' }) => [key, value]));
}

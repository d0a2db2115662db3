import { Type, type Static } from 'typebox';
import { limits } from '#kernel/limits.ts';

const port = (fallback: number) => Type.Integer({ minimum: 0, maximum: 65_535, default: fallback });

/**
 * Everything an operator may set, with its default. The config file holds this shape; the environment variable of a
 * value is its path in capitals, `MULLE_CONTROL_PORT` for `control.port`.
 */
export const ConfigSchema = Type.Object(
  {
    home: Type.String({ default: '.mulle', description: 'Folder of all that Mulle keeps.' }),
    control: Type.Object(
      {
        host: Type.String({ default: '127.0.0.1' }),
        port: port(5150),
      },
      { additionalProperties: false, default: {} },
    ),
    data: Type.Object(
      {
        host: Type.String({ default: '127.0.0.1' }),
        port: port(5151),
        maxConcurrentRequests: Type.Integer({ minimum: 1, default: 4_096 }),
      },
      { additionalProperties: false, default: {} },
    ),
    work: Type.Object(
      {
        slots: Type.Integer({ minimum: 1, maximum: 256, default: 2, description: 'Tasks that run side by side.' }),
        trainingThreads: Type.Integer({ minimum: 1, maximum: 64, default: 1 }),
        queryMemoryMb: Type.Integer({ minimum: 64, default: 1_024, description: 'Memory of one DuckDB query.' }),
      },
      { additionalProperties: false, default: {} },
    ),
    database: Type.Object(
      { url: Type.String({ default: '', description: 'postgres://… ; empty: SQLite in the home folder.' }) },
      { additionalProperties: false, default: {} },
    ),
    limits: Type.Object(
      {
        requestBodyBytes: Type.Integer({ minimum: 1_024, default: limits.requestBodyBytes }),
        controlBodyBytes: Type.Integer({ minimum: 1_024, default: limits.controlBodyBytes }),
        blobBytes: Type.Integer({ minimum: 1_024, default: limits.blobBytes }),
      },
      { additionalProperties: false, default: {} },
    ),
    sources: Type.Object(
      {
        allowedRoots: Type.Array(Type.String(), {
          default: [],
          description: 'Folders that file sources may read, beside the folder Mulle was started in.',
        }),
      },
      { additionalProperties: false, default: {} },
    ),
    retention: Type.Object(
      { decisionDays: Type.Integer({ minimum: 1, default: 90 }) },
      { additionalProperties: false, default: {} },
    ),
    internalToken: Type.String({ default: '', description: 'Secret between roles; empty: made at each start.' }),
  },
  { additionalProperties: false },
);

export type ConfigValues = Static<typeof ConfigSchema>;

/** Paths of values that are never printed. */
export const secretPaths: readonly string[] = ['internalToken', 'database.url'];

import { Type } from '../type.ts';
import { LifecycleStage, LoggedModel, Run } from '../run.ts';
import { Body, route } from './route.ts';

const texts = Type.Record(Type.String(), Type.String());
const nullableText = Type.Union([Type.String(), Type.Null()]);
/** Where it was recorded: what was recorded here is never written over. */
const from = Type.String({ minLength: 1, maxLength: 2_000 });

/** What was recorded elsewhere, stored under its own id; told again, it takes the place of what was told before. */
export const importRoutes = {
  importRun: route({
    method: 'PUT',
    path: '/api/runs/{id}',
    summary: 'Store a run that was recorded elsewhere, under its own id',
    access: 'maintainer',
    params: Body({ id: Type.String({ pattern: '^[0-9a-f]{32}$' }) }),
    body: Body({
      from,
      experimentId: Type.String(),
      name: Type.String(),
      user: Type.String(),
      status: Run.properties.status,
      stage: LifecycleStage,
      startedAtMs: Type.Integer(),
      endedAtMs: Type.Union([Type.Integer(), Type.Null()]),
      parameters: texts,
      /** Set beside those that are there. */
      tags: texts,
      /** Where its files stay, when they are not brought along. */
      artifactUri: Type.Optional(Type.String({ maxLength: 2_048 })),
    }),
    response: Type.Object({ artifactUri: Type.String() }),
  }),
  importLoggedModel: route({
    method: 'PUT',
    path: '/api/logged-models/{id}',
    summary: 'Store a logged model that was recorded elsewhere, under its own id',
    access: 'maintainer',
    params: Body({ id: Type.String({ pattern: '^m-[0-9a-f]{32}$' }) }),
    body: Body({
      from,
      experimentId: Type.String(),
      name: Type.String(),
      status: LoggedModel.properties.status,
      statusMessage: nullableText,
      type: nullableText,
      runId: nullableText,
      createdAtMs: Type.Integer(),
      updatedAtMs: Type.Integer(),
      parameters: texts,
      tags: texts,
      metrics: Type.Array(
        Body({
          key: Type.String({ minLength: 1, maxLength: 250 }),
          /** Null: not a number. */
          value: Type.Union([Type.Number(), Type.Null()]),
          step: Type.Integer(),
          timeMs: Type.Integer(),
          runId: Type.String(),
          datasetName: nullableText,
          datasetDigest: nullableText,
        }),
      ),
      artifactUri: Type.Optional(Type.String({ maxLength: 2_048 })),
    }),
    response: Type.Object({ artifactUri: Type.String() }),
  }),
} as const;

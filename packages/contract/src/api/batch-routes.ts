import { Type } from '../type.ts';
import { BatchInput, BatchJob } from '../batch.ts';
import { Duration, ModelName, Name } from '../names.ts';
import { Body, Page, PageQuery, route } from './route.ts';

const byId = Body({ id: Type.String() });

export const batchRoutes = {
  createBatchJob: route({
    method: 'POST',
    path: '/api/batch-jobs',
    summary: 'Answer every row of a dataset or a stored file by a version, into a Parquet file',
    access: 'member',
    body: Body({
      model: ModelName,
      /** This or an alias, resolved now; the latest version where neither is named. */
      version: Type.Optional(Type.Integer({ minimum: 1 })),
      alias: Type.Optional(Name),
      input: BatchInput,
      /** It fails when it takes longer; default 24h. */
      window: Type.Optional(Duration),
      causeId: Type.Optional(Type.String()),
    }),
    response: BatchJob,
  }),
  listBatchJobs: route({
    method: 'GET',
    path: '/api/batch-jobs',
    summary: 'Batches, newest first',
    access: 'viewer',
    query: PageQuery({}),
    response: Page(BatchJob),
  }),
  getBatchJob: route({
    method: 'GET',
    path: '/api/batch-jobs/{id}',
    summary: 'One batch: how far it is, and what it made',
    access: 'viewer',
    params: byId,
    response: BatchJob,
  }),
  cancelBatchJob: route({
    method: 'POST',
    path: '/api/batch-jobs/{id}/cancel',
    summary: 'Stop a batch; what it has answered is kept',
    access: 'member',
    params: byId,
    response: BatchJob,
  }),
  resumeBatchJob: route({
    method: 'POST',
    path: '/api/batch-jobs/{id}/resume',
    summary: 'Go on with a stopped or failed batch where it ended',
    access: 'member',
    params: byId,
    response: BatchJob,
  }),
} as const;

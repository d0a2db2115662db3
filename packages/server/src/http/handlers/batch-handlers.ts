import type { BatchService } from '#domains/batch/index.ts';
import type { Handlers } from '../handler.ts';

type BatchHandlers = Pick<
  Handlers,
  'createBatchJob' | 'listBatchJobs' | 'getBatchJob' | 'cancelBatchJob' | 'resumeBatchJob'
>;

export function batchHandlers(batches: BatchService): BatchHandlers {
  return {
    createBatchJob: ({ actor, body }) => batches.create(actor, body),
    listBatchJobs: ({ query }) => batches.list(query),
    getBatchJob: ({ params }) => batches.get(params.id),
    cancelBatchJob: ({ actor, params }) => batches.cancel(actor, params.id),
    resumeBatchJob: ({ actor, params }) => batches.resume(actor, params.id),
  };
}

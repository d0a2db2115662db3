export { BatchService, type BatchServiceOptions, type NewBatchJob } from './batch-service.ts';

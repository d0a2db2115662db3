export { CompactionWatch, type CompactionTerms } from './compaction-due.ts';
export { Compactor, type CompactionReport, type CompactorOptions } from './compactor.ts';
export type { Loss, LossReason } from './journal-batch.ts';
export { findEvent } from './find-event.ts';
export { exportEvents, type ExportRequest } from './event-export.ts';
export {
  JournalReader,
  type ConsumerPositions,
  type JournalReaderOptions,
  type ReadRequest,
} from './journal-reader.ts';
export {
  openJournalWriter,
  type JournalWriter,
  type JournalWriterOptions,
  type JournalWriterStats,
} from './journal-writer.ts';
export { Lake, type LakeOptions, type LakeQuery } from './lake.ts';

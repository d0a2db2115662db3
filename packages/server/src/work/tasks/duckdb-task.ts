import { readTrainingSet, type TrainingSet } from '#domains/features/index.ts';
import { openDuckdb, type DuckdbSession } from '#platform/duckdb/index.ts';
import type { TaskContext } from '../task-context.ts';

/** A DuckDB of the task's own, closed when `use` ends. One thread: what it writes is then the same at every run. */
export async function withDuckdb<T>(context: TaskContext, use: (session: DuckdbSession) => Promise<T>): Promise<T> {
  const { queryMemoryMb } = context.role.config.work;
  const session = await openDuckdb({ threads: 1, memoryLimitMb: queryMemoryMb, tempDirectory: context.scratch });
  try {
    return await use(session);
  } finally {
    session.close();
  }
}

/** The training set of a blob digest. */
export async function loadTrainingSet(context: TaskContext, digest: string): Promise<TrainingSet> {
  const path = await context.blobs.localPath(digest);
  return withDuckdb(context, (session) => readTrainingSet(session, path));
}

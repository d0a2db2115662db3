import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { JournalThreadData } from '../journal-batch.ts';
import { JournalThread } from '../journal-worker.ts';

/** Runs this thread as a journal thread whose storage has a fault planted in it. */
export function startPlantedWorker(open: (path: string) => DatabaseSync): void {
  const data: JournalThreadData = workerData;
  if (parentPort !== null) new JournalThread(parentPort, data, open);
}

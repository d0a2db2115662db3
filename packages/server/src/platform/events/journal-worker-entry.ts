import { parentPort, workerData } from 'node:worker_threads';
import type { JournalThreadData } from './journal-batch.ts';
import { openJournalDatabase } from './journal-file.ts';
import { JournalThread } from './journal-worker.ts';

const data: JournalThreadData = workerData;
if (parentPort !== null) new JournalThread(parentPort, data, openJournalDatabase);

import { parentPort, workerData } from 'node:worker_threads';
import { serveCrew } from './crew.ts';
import type { SharedTraining } from './shared-training.ts';

const { shared, thread }: { shared: SharedTraining; thread: number } = workerData;
parentPort?.postMessage('ready');
serveCrew(shared, thread);

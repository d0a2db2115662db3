import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ModelSignature } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';

/** What a version needs to know of a PMML document. */
export interface PmmlDescription {
  readonly signature: ModelSignature;
  /** The inputs' names where a row of numbers is answered by a number; or why none is. */
  readonly columns: readonly string[] | { readonly unknown: string };
}

/** What the thread tells. */
export type PmmlReading = { readonly description: PmmlDescription } | { readonly problem: string };

/**
 * Compiles a document to learn what it takes and gives, in a thread of its own: that of a large forest takes seconds.
 * Rejects with `invalid_argument` on what is no PMML or asks for what is not supported, by name.
 */
export async function describePmml(path: string): Promise<PmmlDescription> {
  const worker = new Worker(new URL('./pmml-worker.ts', import.meta.url), { workerData: path, name: 'pmml' });
  try {
    const [reading]: PmmlReading[] = await once(worker, 'message');
    if (reading !== undefined && 'description' in reading) return reading.description;
    throw new MulleError('invalid_argument', `The PMML document cannot be served: ${reading?.problem ?? ''}`);
  } finally {
    void worker.terminate();
  }
}

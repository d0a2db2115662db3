import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { loadPmml } from '@mulle/pmml';
import type { PmmlReading } from './describe-pmml.ts';
import { pmmlSignature } from './pmml-signature.ts';
import { scoringOf } from './row-score.ts';

function read(path: string): PmmlReading {
  try {
    const model = loadPmml(readFileSync(path, 'utf8'));
    const scoring = scoringOf(model);
    const columns = 'unknown' in scoring ? scoring : model.inputs.map(({ name }) => name);
    return { description: { signature: pmmlSignature(model), columns } };
  } catch (thrown) {
    return { problem: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

parentPort?.postMessage(read(String(workerData)));

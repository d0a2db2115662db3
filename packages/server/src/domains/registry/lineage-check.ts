import type { Lineage } from '@mulle/contract';
import type { DatasetsService } from '#domains/datasets/index.ts';
import type { RunsService } from '#domains/experiments/index.ts';
import { MulleError } from '#kernel/errors.ts';

/** Holds a lineage to what is stored: its run exists, and its dataset version is the one of that number and id. */
export function lineageCheck(runs: RunsService, datasets: DatasetsService): (lineage: Lineage) => Promise<void> {
  return async ({ runId, datasetVersion }) => {
    if (runId !== null) await runs.getRun(runId);
    if (datasetVersion === null) return;
    const { dataset, version, id } = datasetVersion;
    const stored = await datasets.getVersion(dataset, version);
    if (stored.id === id) return;
    throw new MulleError(
      'invalid_argument',
      `lineage.datasetVersion.id: ${dataset}@${version} is ${stored.id}, not ${id}.`,
    );
  };
}

import { join } from 'node:path';
import type { FeatureService, FeatureView, Manifest } from '@mulle/contract';
import { buildTrainingSet } from '#domains/features/index.ts';
import { MulleError } from '#kernel/errors.ts';
import type { TaskContext, TaskOptions, TaskRunner } from '../task-context.ts';
import { withDuckdb } from './duckdb-task.ts';
import { currentManifest } from './ingest.ts';
import { eventTimeMs } from './option-text.ts';

function viewsOf(manifest: Manifest, service: FeatureService): FeatureView[] {
  const names = new Set(service.features.flatMap((feature) => ('view' in feature ? [feature.view] : [])));
  return manifest.featureViews.filter((view) => names.has(view.name));
}

/** A dataset's files: the asked version of the one learned from, the latest of those that views read besides. */
async function filesOf(
  context: TaskContext,
  dataset: string,
  version: string,
): Promise<{ paths: string[]; endMs: number }> {
  const { latest } = await context.control.call('getDataset', { params: { name: dataset } });
  if (latest === null)
    throw new MulleError('invalid_state', `The dataset "${dataset}" has no version yet: ingest it first.`);
  const number = version === 'latest' ? latest.version : Number(version);
  const found =
    number === latest.version
      ? latest
      : await context.control.call('getDatasetVersion', { params: { name: dataset, version: number } });
  const paths = await Promise.all(found.parts.map((part) => context.blobs.localPath(part.digest)));
  return { paths, endMs: Math.max(...found.parts.map((part) => part.toMs)) };
}

function windowOf(options: TaskOptions<'build-features'>, endMs: number): { fromMs?: number; untilMs?: number } {
  return {
    ...(options.from === undefined ? {} : { fromMs: eventTimeMs(options.from, 'from', endMs) }),
    ...(options.until === undefined ? {} : { untilMs: eventTimeMs(options.until, 'until', endMs) }),
  };
}

/** Joins labels with the features as they were known at each row's own time, and stores the rows. */
export const runBuildFeatures: TaskRunner<'build-features'> = async (context, options) => {
  const manifest = await currentManifest(context);
  const service = manifest.featureServices.find((one) => one.name === options.featureService);
  if (service === undefined)
    throw new MulleError('not_found', `The project has no feature service "${options.featureService}".`);
  const views = viewsOf(manifest, service);
  const { paths, endMs } = await filesOf(context, options.dataset, options.datasetVersion);
  const datasets: Record<string, readonly string[]> = { [options.dataset]: paths };
  for (const view of views) datasets[view.dataset] ??= (await filesOf(context, view.dataset, 'latest')).paths;
  const definition = {
    service,
    views,
    dataset: options.dataset,
    label: options.label,
    ...windowOf(options, endMs),
    ...(options.maxRows === undefined ? {} : { maxRows: options.maxRows }),
  };
  const path = join(context.scratch, 'training-set.parquet');
  const built = await withDuckdb(context, (session) => buildTrainingSet(session, definition, datasets, path));
  const stored = await context.blobs.putFile(path);
  context.log(`${built.rows} rows × ${built.features.length} features, ${stored.digest.slice(0, 12)}`);
  return { trainingSet: stored.digest, rows: built.rows };
};

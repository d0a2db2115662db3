import { durationMs, type DatasetDefinition, type FeatureView, type Field, type Manifest } from '@mulle/contract';
import type { Problems } from './problems.ts';

/** Names → definition, the last of equal names. */
export function byName<T extends { name: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map((item) => [item.name, item]));
}

export const isNumeric = (field: Field): boolean => ['number', 'integer', 'boolean'].includes(field.type);

function checkDataset(dataset: DatasetDefinition, problems: Problems): void {
  const path = `datasets/${dataset.name}`;
  const fields = byName(dataset.fields);
  problems.unique(
    `${path}/fields`,
    dataset.fields.map((field) => field.name),
  );
  if (problems.refers(`${path}/eventTime`, 'field', dataset.eventTime, fields.keys())) {
    const type = fields.get(dataset.eventTime)?.type;
    if (type !== 'timestamp')
      problems.add(`${path}/eventTime`, `'${dataset.eventTime}' is a ${type}, not a timestamp.`);
  }
  for (const [index, check] of dataset.checks.entries()) {
    if (check.kind !== 'unique') continue;
    for (const column of check.columns) problems.refers(`${path}/checks/${index}`, 'field', column, fields.keys());
  }
}

function checkView(view: FeatureView, manifest: Manifest, problems: Problems): void {
  const path = `featureViews/${view.name}`;
  problems.unique(
    `${path}/aggregates`,
    view.aggregates.map((aggregate) => aggregate.name),
  );
  problems.refers(`${path}/stream`, 'endpoint', view.stream, byName(manifest.endpoints).keys());
  for (const { name, window } of view.aggregates) {
    if (durationMs(window) === 0) problems.add(`${path}/aggregates/${name}/window`, 'A window must be longer than 0.');
  }
  const datasets = byName(manifest.datasets);
  const dataset = datasets.get(view.dataset);
  if (!problems.refers(`${path}/dataset`, 'dataset', view.dataset, datasets.keys()) || !dataset) return;
  const fields = byName(dataset.fields);
  for (const field of view.entity) problems.refers(`${path}/entity`, 'field', field, fields.keys());
  if (problems.refers(`${path}/knownAt`, 'field', view.knownAt, fields.keys())) {
    const type = fields.get(view.knownAt)?.type;
    if (type !== 'timestamp') problems.add(`${path}/knownAt`, `'${view.knownAt}' is a ${type}, not a timestamp.`);
  }
  for (const { name, function: aggregate, field } of view.aggregates) {
    if (aggregate === 'count') continue;
    const place = `${path}/aggregates/${name}/field`;
    const column = fields.get(field);
    if (problems.refers(place, 'field', field, fields.keys()) && column && !isNumeric(column)) {
      problems.add(place, `'${field}' is a ${column.type}: there is no ${aggregate} of it.`);
    }
  }
}

/** Sources, datasets, feature views and feature services: names and columns that exist, of types that fit. */
export function checkData(manifest: Manifest, problems: Problems): void {
  const endpoints = byName(manifest.endpoints);
  const views = byName(manifest.featureViews);
  for (const source of manifest.sources) {
    if (source.kind === 'outcomes')
      problems.refers(`sources/${source.name}/endpoint`, 'endpoint', source.endpoint, endpoints.keys());
  }
  for (const dataset of manifest.datasets) checkDataset(dataset, problems);
  for (const view of manifest.featureViews) checkView(view, manifest, problems);
  for (const service of manifest.featureServices) {
    const path = `featureServices/${service.name}/features`;
    problems.unique(
      path,
      service.features.map((feature) => feature.name),
    );
    for (const feature of service.features) {
      if (!('view' in feature)) continue;
      const view = views.get(feature.view);
      if (!problems.refers(`${path}/${feature.name}/view`, 'feature view', feature.view, views.keys()) || !view)
        continue;
      const aggregates = view.aggregates.map((aggregate) => aggregate.name);
      problems.refers(`${path}/${feature.name}/aggregate`, `aggregate of ${view.name}`, feature.aggregate, aggregates);
    }
  }
}

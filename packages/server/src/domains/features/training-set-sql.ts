/**
 * The offline side of a feature definition: one SELECT of a point-in-time correct training set.
 *
 * For every view the running totals of its rows by entity in the order in which they became known; a window
 * (t − w, t] is then the totals at t less those at t − w, each found by an ASOF join. Rows that became known exactly
 * at t count, those at t − w no longer do: as in `createWindowStore` of @mulle/decision. Entities are numbered first
 * and a view's windows are finished before the next view is joined, so that what every join sorts stays narrow; this
 * is what keeps the query at the cost of the bare joins.
 *
 * Totals are in doubles. Whole numbers and booleans are exact in any order; for others rows of one moment are added
 * in order of value and moments in order of time, so that the same rows always give the same bytes.
 *
 *   sample   the labelled rows of the window of event time, `t`, `label`, `h` (hash) and the columns they need, `c…`
 *   k0…      numbers of the entities of a view
 *   spine    the sample with entity numbers `i…` and transformed features `f…`
 *   v0…      running totals of a view: `known`, `n` rows, `s…` sums and `m…` numbers of values by field
 *   j0…      the spine with the features of view 0, 1, …
 */
import { durationMs, type FeatureReference, type FeatureService, type FeatureView } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { sqlName, sqlText } from '#platform/duckdb/index.ts';
import { isWholeNumber, momentSql, numberSql, singleSql, transformSql, type ColumnTypes } from './column-sql.ts';

/** A dataset version as files. */
export interface DatasetFiles {
  readonly paths: readonly string[];
  readonly columns: ColumnTypes;
}

export interface TrainingSetDefinition {
  readonly service: FeatureService;
  readonly views: readonly FeatureView[];
  /** The dataset whose rows are learned from, and its column with the label: a number or a boolean; NULL is left out. */
  readonly dataset: string;
  readonly label: string;
  /** Event time of the rows: [fromMs, untilMs). */
  readonly fromMs?: number;
  readonly untilMs?: number;
  /** Upper bound of rows, chosen by hash of the row: the same rows give the same sample. */
  readonly maxRows?: number;
}

interface ViewPlan {
  readonly index: number;
  readonly view: FeatureView;
  readonly fields: readonly string[];
  readonly windowsMs: readonly number[];
  readonly features: readonly { readonly place: number; readonly aggregate: FeatureView['aggregates'][number] }[];
}

interface Plan {
  readonly definition: TrainingSetDefinition;
  readonly datasets: Readonly<Record<string, DatasetFiles>>;
  readonly files: DatasetFiles;
  readonly views: readonly ViewPlan[];
  /** Columns of the sample that features and entities need. */
  readonly columns: readonly string[];
}

function filesOf(datasets: Readonly<Record<string, DatasetFiles>>, dataset: string): DatasetFiles {
  const files = datasets[dataset];
  if (files && files.paths.length > 0) return files;
  throw new MulleError('invalid_argument', `The dataset '${dataset}' has no rows: ingest it first.`);
}

function planView(view: FeatureView, references: readonly FeatureReference[], index: number): ViewPlan {
  const features = references.flatMap((reference, place) => {
    if (!('view' in reference) || reference.view !== view.name) return [];
    const aggregate = view.aggregates.find(({ name }) => name === reference.aggregate);
    if (aggregate) return [{ place, aggregate }];
    throw new MulleError(
      'invalid_argument',
      `The feature view '${view.name}' has no aggregate '${reference.aggregate}'.`,
    );
  });
  const valued = features.filter(({ aggregate }) => aggregate.function !== 'count');
  return {
    index,
    view,
    features,
    fields: [...new Set(valued.map(({ aggregate }) => aggregate.field))],
    windowsMs: [...new Set(features.map(({ aggregate }) => durationMs(aggregate.window)))],
  };
}

function planOf(definition: TrainingSetDefinition, datasets: Readonly<Record<string, DatasetFiles>>): Plan {
  const references = definition.service.features;
  const names = [...new Set(references.flatMap((reference) => ('view' in reference ? [reference.view] : [])))];
  const views = names.map((name, index) => {
    const view = definition.views.find((each) => each.name === name);
    if (view) return planView(view, references, index);
    throw new MulleError(
      'invalid_argument',
      `The feature service '${definition.service.name}' names an unknown view '${name}'.`,
    );
  });
  const reserved = references.find(({ name }) => name === 'label' || name === 'event_time_ms');
  if (reserved)
    throw new MulleError(
      'invalid_argument',
      `A feature cannot be called '${reserved.name}': the training set has that column.`,
    );
  const fields = references.flatMap((reference) => ('field' in reference ? [reference.field] : []));
  const columns = [...new Set([...fields, ...views.flatMap(({ view }) => view.entity)])];
  return { definition, datasets, files: filesOf(datasets, definition.dataset), views, columns };
}

const relation = (files: DatasetFiles): string =>
  `read_parquet([${files.paths.map((path) => sqlText(path)).join(', ')}], union_by_name = true)`;

const and = (conditions: readonly string[]): string => conditions.map((condition) => `(${condition})`).join(' AND ');

function sampleSql({ definition, files, columns }: Plan): string[] {
  const { dataset, fromMs, untilMs, maxRows } = definition;
  const t = momentSql(files.columns, definition.service.eventTime, dataset);
  const label = numberSql(files.columns, definition.label, dataset);
  for (const column of columns) {
    if (files.columns[column] === undefined) {
      throw new MulleError(
        'invalid_argument',
        `The dataset '${dataset}' has no column '${column}', which a feature needs.`,
      );
    }
  }
  const conditions = [`${label} IS NOT NULL`, `${t} IS NOT NULL`];
  if (fromMs !== undefined) conditions.push(`${t} >= ${fromMs}`);
  if (untilMs !== undefined) conditions.push(`${t} < ${untilMs}`);
  const carried = columns.map((column, index) => `${sqlName(column)} AS c${index}`);
  const hashed = [t, label, ...columns.map(sqlName)].join(', ');
  const rows = `SELECT ${[`${t} AS t`, `CAST(${label} AS FLOAT) AS label`, `hash(${hashed}) AS h`, ...carried].join(', ')} FROM ${relation(files)} WHERE ${and(conditions)}`;
  if (maxRows === undefined) return [`sample AS MATERIALIZED (${rows})`];
  // Equal rows have equal hashes: those at the limit stay out together, so that the bound holds.
  const limit = `(SELECT h FROM rows ORDER BY h LIMIT 1 OFFSET ${maxRows})`;
  return [`rows AS MATERIALIZED (${rows})`, `sample AS (SELECT * FROM rows WHERE coalesce(h < ${limit}, true))`];
}

function entityConditions(view: FeatureView): string[] {
  return view.entity.map((field) => `${sqlName(field)} IS NOT NULL`);
}

function keysSql(plan: Plan, { view, index }: ViewPlan): string {
  const entity = view.entity.map(sqlName).join(', ');
  const rows = relation(filesOf(plan.datasets, view.dataset));
  return `k${index} AS MATERIALIZED (SELECT ${entity}, CAST(row_number() OVER () AS INTEGER) AS id FROM (SELECT DISTINCT ${entity} FROM ${rows} WHERE ${and(entityConditions(view))}))`;
}

function spineSql({ definition, files, views, columns }: Plan): string {
  const byColumn: Record<string, string> = {};
  columns.forEach((column, index) => {
    byColumn[`c${index}`] = files.columns[column] ?? '';
  });
  const transformed = definition.service.features.flatMap((reference, place) => {
    if (!('transform' in reference)) return [];
    const column = `c${columns.indexOf(reference.field)}`;
    return [`${transformSql(reference.transform, byColumn, column, definition.dataset, 'sample.')} AS f${place}`];
  });
  const joins = views.map(({ view, index }) => {
    const same = view.entity.map((field) => `sample.c${columns.indexOf(field)} = k${index}.${sqlName(field)}`);
    return `LEFT JOIN k${index} ON ${and(same)}`;
  });
  const selected = ['t', 'h', 'label', ...transformed, ...views.map(({ index }) => `k${index}.id AS i${index}`)];
  return `spine AS MATERIALIZED (SELECT ${selected.join(', ')} FROM sample ${joins.join(' ')})`;
}

function totalsSql(plan: Plan, { view, index, fields, windowsMs }: ViewPlan): string {
  const files = filesOf(plan.datasets, view.dataset);
  const { fromMs, untilMs } = plan.definition;
  const known = momentSql(files.columns, view.knownAt, view.dataset);
  const conditions = [...entityConditions(view), `${known} IS NOT NULL`];
  // Totals may begin anywhere before the first window: only differences are read.
  if (fromMs !== undefined) conditions.push(`${known} > ${fromMs - Math.max(...windowsMs)}`);
  if (untilMs !== undefined) conditions.push(`${known} < ${untilMs}`);
  const values = fields.map((field, at) => `${numberSql(files.columns, field, view.dataset)} AS x${at}`);
  const key = view.entity.map(sqlName).join(', ');
  const rows = `SELECT ${[`id`, `${known} AS known`, ...values].join(', ')} FROM ${relation(files)} JOIN k${index} USING (${key}) WHERE ${and(conditions)}`;
  const running = 'WINDOW running AS (PARTITION BY id ORDER BY known RANGE UNBOUNDED PRECEDING)';
  if (fields.every((field) => isWholeNumber(files.columns[field] ?? ''))) {
    const totals = fields.flatMap((_, at) => [
      `sum(x${at}) OVER running AS s${at}`,
      `count(x${at}) OVER running AS m${at}`,
    ]);
    return `v${index} AS MATERIALIZED (SELECT ${['id', 'known', 'count(*) OVER running AS n', ...totals].join(', ')} FROM (${rows}) ${running})`;
  }
  const moments = fields.flatMap((_, at) => [`sum(x${at} ORDER BY x${at}) AS s${at}`, `count(x${at}) AS m${at}`]);
  const totals = fields.flatMap((_, at) => [
    `sum(s${at}) OVER running AS s${at}`,
    `sum(m${at}) OVER running AS m${at}`,
  ]);
  return `v${index} AS MATERIALIZED (SELECT ${['id', 'known', 'sum(n) OVER running AS n', ...totals].join(', ')} FROM (SELECT ${['id', 'known', 'count(*) AS n', ...moments].join(', ')} FROM (${rows}) GROUP BY id, known) ${running})`;
}

function aggregateSql({ fields, windowsMs }: ViewPlan, aggregate: FeatureView['aggregates'][number]): string {
  const window = windowsMs.indexOf(durationMs(aggregate.window));
  const between = (column: string): string => `(coalesce(now.${column}, 0) - coalesce(past${window}.${column}, 0))`;
  const field = fields.indexOf(aggregate.field);
  switch (aggregate.function) {
    case 'count':
      return singleSql(`CAST(${between('n')} AS DOUBLE)`);
    case 'sum':
      return singleSql(between(`s${field}`));
    case 'mean':
      return singleSql(`(${between(`s${field}`)} / nullif(${between(`m${field}`)}, 0))`);
  }
}

function joinSql(plan: Plan, viewPlan: ViewPlan): string {
  const { index, windowsMs, features } = viewPlan;
  const { service } = plan.definition;
  const done = plan.views.slice(0, index).flatMap((earlier) => earlier.features.map(({ place }) => place));
  const carried = [
    ...service.features.flatMap((reference, place) =>
      'transform' in reference || done.includes(place) ? [`f${place}`] : [],
    ),
    ...plan.views.slice(index + 1).map((later) => `i${later.index}`),
  ];
  const columns = ['t', 'h', 'label', ...carried].map((column) => `spine.${column}`);
  const computed = features.map(({ place, aggregate }) => `${aggregateSql(viewPlan, aggregate)} AS f${place}`);
  const from = index === 0 ? 'spine' : `j${index - 1} AS spine`;
  const asof = (name: string, t: string): string =>
    `ASOF LEFT JOIN v${index} AS ${name} ON spine.i${index} = ${name}.id AND ${t} >= ${name}.known`;
  const joins = [asof('now', 'spine.t'), ...windowsMs.map((ms, window) => asof(`past${window}`, `spine.t - ${ms}`))];
  return `j${index} AS (SELECT ${[...columns, ...computed].join(', ')} FROM ${from} ${joins.join(' ')})`;
}

/**
 * A SELECT with the service's features in order (FLOAT, NULL = missing), `event_time_ms` (BIGINT) and `label` (FLOAT), by
 * event time. `datasets` holds the files of the labelled dataset and of every view's. Throws `invalid_argument` on a
 * column, view or aggregate that is not there or is of a type that cannot be used.
 */
export function trainingSetSql(
  definition: TrainingSetDefinition,
  datasets: Readonly<Record<string, DatasetFiles>>,
): string {
  const plan = planOf(definition, datasets);
  const tables = [
    ...sampleSql(plan),
    ...plan.views.map((view) => keysSql(plan, view)),
    spineSql(plan),
    ...plan.views.flatMap((view) => [totalsSql(plan, view), joinSql(plan, view)]),
  ];
  const features = definition.service.features.map(({ name }, place) => `f${place} AS ${sqlName(name)}`);
  const last = plan.views.length === 0 ? 'spine' : `j${plan.views.length - 1}`;
  return `WITH ${tables.join(',\n')}\nSELECT ${[...features, 't AS event_time_ms', 'label'].join(', ')} FROM ${last} ORDER BY t, h`;
}

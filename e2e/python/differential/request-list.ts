/** One request of the list; `keep` gives names to values of its answer, which later requests write as `$name`. */
export interface Request {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/api/`. */
  readonly path: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Name → path in the answer. */
  readonly keep?: Readonly<Record<string, string>>;
}

function request(
  method: Request['method'],
  path: string,
  fields: Request['fields'],
  keep: Request['keep'] = {},
): Request {
  return { method, path: path.startsWith('3.0/') ? path : `2.0/mlflow/${path}`, fields, keep };
}
const post = (path: string, fields: Request['fields'], keep?: Request['keep']) => request('POST', path, fields, keep);
const get = (path: string, fields: Request['fields'] = {}) => request('GET', path, fields);

const metric = { key: 'loss', value: 0.5, timestamp: 1_700_000_000_000, step: 1 };

/** What a client does in good order: each answers, and together they make what the bad ones stumble over. */
const goodRequests: readonly Request[] = [
  post('experiments/create', { name: 'one', tags: [{ key: 'team', value: 'a' }] }, { experiment: 'experiment_id' }),
  post('experiments/create', { name: 'two' }, { second: 'experiment_id' }),
  get('experiments/get', { experiment_id: '$experiment' }),
  get('experiments/get-by-name', { experiment_name: 'one' }),
  post('experiments/search', { max_results: 10, order_by: ['name ASC'] }),
  post('experiments/search', { max_results: 10, filter: "tags.team = 'a'" }),
  get('experiments/search', { max_results: 1, order_by: 'experiment_id ASC' }),
  post('experiments/set-experiment-tag', { experiment_id: '$experiment', key: 'k', value: 'v' }),
  post('experiments/update', { experiment_id: '$experiment', new_name: 'renamed' }),
  post('experiments/delete', { experiment_id: '$second' }),
  get('experiments/get', { experiment_id: '$second' }),
  post('experiments/restore', { experiment_id: '$second' }),
  post(
    'runs/create',
    {
      experiment_id: '$experiment',
      start_time: 1_700_000_000_000,
      run_name: 'first',
      tags: [{ key: 't', value: 'x' }],
    },
    { run: 'run.info.run_id' },
  ),
  post(
    'runs/create',
    { experiment_id: '$experiment', start_time: 1_700_000_001_000, run_name: 'second' },
    { other: 'run.info.run_id' },
  ),
  post('runs/log-parameter', { run_id: '$run', key: 'rate', value: '0.1' }),
  post('runs/log-metric', { run_id: '$run', ...metric }),
  post('runs/log-metric', { run_id: '$run', ...metric, value: 'NaN', step: 2 }),
  post('runs/log-metric', { run_id: '$run', ...metric, key: 'inf', value: 'Infinity' }),
  post('runs/log-metric', { run_id: '$run', ...metric, key: 'neg', value: '-Infinity', step: '3' }),
  post('runs/log-batch', {
    run_id: '$run',
    metrics: [metric, { ...metric, step: 4, value: 0.25 }],
    params: [{ key: 'depth', value: '3' }],
    tags: [{ key: 'note', value: '값' }],
  }),
  post('runs/set-tag', { run_id: '$run', key: 'gone', value: 'x' }),
  post('runs/delete-tag', { run_id: '$run', key: 'gone' }),
  post('runs/update', { run_id: '$run', status: 'FINISHED', end_time: 1_700_000_002_000 }),
  get('runs/get', { run_id: '$run' }),
  get('runs/get', { run_uuid: '$run' }),
  get('metrics/get-history', { run_id: '$run', metric_key: 'loss' }),
  get('metrics/get-history', { run_id: '$run', metric_key: 'loss', max_results: 2 }),
  get('metrics/get-history', { run_id: '$run', metric_key: 'none' }),
  get('metrics/get-history-bulk-interval', { run_ids: '$run', metric_key: 'loss' }),
  post('runs/log-inputs', {
    run_id: '$run',
    datasets: [
      {
        dataset: { name: 'd', digest: 'abc', source_type: 'local', source: '{}' },
        tags: [{ key: 'mlflow.data.context', value: 'training' }],
      },
    ],
  }),
  get('runs/get', { run_id: '$run' }),
  post('runs/search', { experiment_ids: ['$experiment'], order_by: ['start_time ASC'] }),
  post('runs/delete', { run_id: '$other' }),
  post('runs/search', { experiment_ids: ['$experiment'], run_view_type: 'DELETED_ONLY' }),
  post('runs/search', { experiment_ids: ['$experiment'], run_view_type: 'ALL', order_by: ['start_time DESC'] }),
  post('runs/restore', { run_id: '$other' }),
  get('artifacts/list', { run_id: '$run' }),
  post('registered-models/create', { name: 'm', description: 'd', tags: [{ key: 'k', value: 'v' }] }),
  post('registered-models/create', { name: 'm2' }),
  get('registered-models/get', { name: 'm' }),
  request('PATCH', 'registered-models/update', { name: 'm', description: 'changed' }),
  post('registered-models/set-tag', { name: 'm', key: 'a', value: 'b' }),
  request('DELETE', 'registered-models/delete-tag', { name: 'm', key: 'a' }),
  get('registered-models/search', { max_results: 10 }),
  get('registered-models/search', { filter: "name LIKE 'm%'", order_by: 'name DESC' }),
  get('registered-models/search', { filter: "tags.k = 'v'" }),
  post('model-versions/create', {
    name: 'm',
    source: 'mlflow-artifacts:/$experiment/$run/artifacts/model',
    run_id: '$run',
    description: 'v',
    tags: [{ key: 'k', value: 'v' }],
  }),
  post('model-versions/create', {
    name: 'm',
    source: 'mlflow-artifacts:/$experiment/$run/artifacts/model',
    run_id: '$run',
  }),
  get('model-versions/get', { name: 'm', version: '1' }),
  request('PATCH', 'model-versions/update', { name: 'm', version: '1', description: 'new' }),
  post('model-versions/set-tag', { name: 'm', version: '1', key: 'a', value: 'b' }),
  request('DELETE', 'model-versions/delete-tag', { name: 'm', version: '1', key: 'a' }),
  get('model-versions/get-download-uri', { name: 'm', version: '1' }),
  get('model-versions/search', { filter: "name = 'm'", order_by: 'version_number DESC' }),
  get('model-versions/search', { filter: "run_id = '$run'" }),
  post('model-versions/transition-stage', {
    name: 'm',
    version: '1',
    stage: 'Production',
    archive_existing_versions: false,
  }),
  post('model-versions/transition-stage', {
    name: 'm',
    version: '2',
    stage: 'production',
    archive_existing_versions: true,
  }),
  post('registered-models/get-latest-versions', { name: 'm' }),
  post('registered-models/get-latest-versions', { name: 'm', stages: ['Production'] }),
  post('registered-models/alias', { name: 'm', alias: 'champion', version: '1' }),
  get('registered-models/alias', { name: 'm', alias: 'champion' }),
  request('DELETE', 'registered-models/alias', { name: 'm', alias: 'champion' }),
  post('registered-models/rename', { name: 'm2', new_name: 'm3' }),
  request('DELETE', 'registered-models/delete', { name: 'm3' }),
  post(
    'logged-models',
    { experiment_id: '$experiment', name: 'lm', source_run_id: '$run', params: [{ key: 'p', value: '1' }] },
    { model: 'model.info.model_id' },
  ),
  get('logged-models/$model'),
  request('PATCH', 'logged-models/$model', { model_id: '$model', status: 'LOGGED_MODEL_READY' }),
  request('PATCH', 'logged-models/$model/tags', { tags: [{ key: 'k', value: 'v' }] }),
  request('DELETE', 'logged-models/$model/tags/k', {}),
  post('logged-models/search', { experiment_ids: ['$experiment'] }),
  post('logged-models/search', { experiment_ids: ['$experiment'], filter: "params.p = '1'" }),
  post('runs/outputs', { run_id: '$run', models: [{ model_id: '$model', step: 0 }] }),
  get('runs/get', { run_id: '$run' }),
  post('3.0/mlflow/traces', {
    trace: {
      trace_info: {
        trace_id: 'tr-0123456789abcdef0123456789abcdef',
        trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '$experiment' } },
        request_time: '2025-01-01T00:00:00.000Z',
        execution_duration: '1.5s',
        state: 'OK',
        trace_metadata: { a: 'b' },
        tags: { t: 'x' },
        request_preview: 'q',
        response_preview: 'a',
      },
    },
  }),
  get('3.0/mlflow/traces/tr-0123456789abcdef0123456789abcdef'),
  post('3.0/mlflow/traces/search', {
    locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '$experiment' } }],
  }),
  request('PATCH', 'traces/tr-0123456789abcdef0123456789abcdef/tags', { key: 'k', value: 'v' }),
  request('DELETE', 'traces/tr-0123456789abcdef0123456789abcdef/tags', { key: 'k' }),
  post(
    '3.0/mlflow/traces/tr-0123456789abcdef0123456789abcdef/assessments',
    {
      assessment: {
        assessment_name: 'helpful',
        trace_id: 'tr-0123456789abcdef0123456789abcdef',
        source: { source_type: 'HUMAN', source_id: 'me' },
        feedback: { value: true },
        rationale: 'r',
      },
    },
    { assessment: 'assessment.assessment_id' },
  ),
  get('3.0/mlflow/traces/tr-0123456789abcdef0123456789abcdef/assessments/$assessment'),
  request('PATCH', '3.0/mlflow/traces/tr-0123456789abcdef0123456789abcdef/assessments/$assessment', {
    assessment: { feedback: { value: false }, rationale: 'changed' },
    update_mask: 'feedback,rationale',
  }),
  get('3.0/mlflow/server-info'),
];

const filters = [
  'metrics.loss < 0.5',
  'metrics.loss <= 0.25',
  'metrics.loss > 0',
  'metrics.loss != 0.25',
  'metrics.neg < 0',
  'metrics.inf > 1',
  "params.rate = '0.1'",
  "params.rate != '0.1'",
  "params.rate LIKE '0%'",
  "params.rate ILIKE '0%'",
  "tags.note = '값'",
  "tags.t != 'y'",
  'tags.`t` = "x"',
  "attributes.status = 'FINISHED'",
  "attributes.run_name LIKE 'f%'",
  "run_name = 'second'",
  "attributes.run_id IN ('$run')",
  "attributes.run_id NOT IN ('$run')",
  'attributes.start_time > 1',
  "datasets.name = 'd'",
  "dataset.digest LIKE 'a%'",
  "metrics.loss < 0.5 and params.depth = '3'",
  "attributes.artifact_uri LIKE '%artifacts'",
  // What no grammar takes.
  'x',
  'metrics',
  'metrics.loss',
  'metrics.loss <',
  'metrics.loss = "a"',
  'params.rate = 1.5x',
  "params.rate > '1'",
  'nonsense.a = 1',
  "attributes.nothing = 'a'",
  "attributes.status > 'a'",
  "metrics.loss LIKE '1'",
  "'; DROP TABLE runs; --",
  '1 = 1',
  '((',
  "tags.a = 'b' tags.c = 'd'",
  'attributes.run_id IN ()',
  'attributes.start_time = "x"',
  "datasets.nothing = 'a'",
  'metrics.loss IN (1, 2)',
  "params.a IN ('b')",
];
const orders = [
  'metrics.loss',
  'metrics.loss DESC',
  'params.rate ASC',
  'tags.note DESC',
  'attributes.run_name',
  'run_name DESC',
  'start_time',
  'end_time ASC',
  'metrics.`loss`',
  'metrics.loss SIDEWAYS',
  'nonsense.a',
  'attributes.nothing',
  '',
  'metrics.loss DESC ASC',
  'datasets.name',
];
const modelFilters = [
  "name = 'm'",
  "name != 'm'",
  "name LIKE 'm%'",
  "name ILIKE 'M%'",
  "tags.k = 'v'",
  "tags.k LIKE 'v%'",
  'name',
  "name > 'm'",
  "nothing = 'a'",
  'version_number = 1',
  "tag.x = 'y'",
];
const versionFilters = [
  ...modelFilters,
  "run_id = '$run'",
  "run_id IN ('$run')",
  "source_path LIKE 'mlflow%'",
  'version_number > 1',
  "version_number = 'a'",
  "name = 'm' AND tags.k = 'v'",
];
const experimentFilters = [
  "name = 'renamed'",
  "name LIKE 're%'",
  "name ILIKE 'RE%'",
  "tags.team = 'a'",
  'creation_time > 0',
  'last_update_time > 0',
  'name',
  "nothing = 'a'",
  "name > 'a'",
  "tags.team > 'a'",
  "creation_time = 'x'",
];

const searches: Request[] = [
  ...filters.map((filter) =>
    post('runs/search', { experiment_ids: ['$experiment'], filter, order_by: ['start_time ASC'] }),
  ),
  ...orders.map((order) => post('runs/search', { experiment_ids: ['$experiment'], order_by: [order] })),
  ...modelFilters.map((filter) => get('registered-models/search', { filter })),
  ...versionFilters.map((filter) => get('model-versions/search', { filter, order_by: 'version_number ASC' })),
  ...experimentFilters.map((filter) =>
    post('experiments/search', { max_results: 100, filter, order_by: ['name ASC'] }),
  ),
  ...['name', 'name DESC', 'experiment_id', 'creation_time ASC', 'last_update_time', 'nothing', 'name SIDEWAYS'].map(
    (order) => post('experiments/search', { max_results: 100, order_by: [order, 'experiment_id ASC'] }),
  ),
  ...['name', 'name DESC', 'timestamp ASC', 'last_updated_timestamp', 'nothing', 'name SIDEWAYS'].map((order) =>
    get('registered-models/search', { order_by: order }),
  ),
  ...[0, -1, 50_001, 'x', 1.5, '2'].map((max) =>
    post('runs/search', { experiment_ids: ['$experiment'], max_results: max, order_by: ['start_time ASC'] }),
  ),
  ...[0, -1, 50_001, 'x'].map((max) => post('experiments/search', { max_results: max })),
  ...[0, -1, 1_001, 'x'].map((max) => get('registered-models/search', { max_results: max })),
  ...[0, -1, 200_001, 'x'].map((max) => get('model-versions/search', { max_results: max })),
  ...['x', 'AAAA', 'e30='].flatMap((token) => [
    post('experiments/search', { max_results: 10, page_token: token }),
    get('registered-models/search', { page_token: token }),
    post('runs/search', { experiment_ids: ['$experiment'], page_token: token }),
  ]),
];

const strange: readonly unknown[] = [
  undefined,
  null,
  '',
  5,
  true,
  ['x'],
  { a: 1 },
  'x'.repeat(600),
  '../../etc/passwd',
  'no such thing',
];

/** Every field of the good requests that change or find something, wrong in each way. */
function mutated(): Request[] {
  const targets = goodRequests.filter(
    ({ path, fields }) => Object.keys(fields).length > 0 && !/search|^3\.0\/mlflow\/traces$/.test(path),
  );
  const seen = new Set<string>();
  return targets.flatMap(({ method, path, fields }) => {
    const list: Request[] = [];
    for (const field of Object.keys(fields)) {
      if (seen.has(`${method} ${path} ${field}`)) continue;
      seen.add(`${method} ${path} ${field}`);
      // What bad points left behind differs, and a description that was never given; the path says which model is meant.
      if (path.endsWith('get-history') || (method === 'PATCH' && ['description', 'model_id'].includes(field))) continue;
      for (const value of strange) {
        // A query says neither null nor objects.
        if (method === 'GET' && typeof value !== 'string' && value !== undefined) continue;
        const changed = Object.fromEntries(
          Object.entries({ ...fields, [field]: value }).filter(([, given]) => given !== undefined),
        );
        list.push({ method, path, fields: changed });
      }
    }
    return list;
  });
}

const special: Request[] = [
  post('experiments/create', { name: 'renamed' }),
  post('experiments/create', { name: 'located', artifact_location: 's3://bucket/x' }),
  post('experiments/create', { name: 'dots', artifact_location: 'mlflow-artifacts:/../x' }),
  post('experiments/delete', { experiment_id: '999' }),
  post('experiments/restore', { experiment_id: '$experiment' }),
  get('experiments/get-by-name', { experiment_name: 'no such' }),
  post('runs/log-parameter', { run_id: '$run', key: 'rate', value: 'another' }),
  post('runs/log-batch', {
    run_id: '$run',
    params: [
      { key: 'x', value: '1' },
      { key: 'x', value: '2' },
    ],
  }),
  post('runs/log-batch', { run_id: '$run', params: [{ key: 'rate', value: '9' }] }),
  post('runs/log-batch', { run_id: '$run', metrics: [{ key: 'a', value: 1, step: 0 }] }),
  post('runs/log-batch', { run_id: '$run', metrics: [{ key: 'a', timestamp: 1 }] }),
  post('runs/log-batch', { run_id: '$run', metrics: [{ key: 'a', value: 'b', timestamp: 1 }] }),
  post('runs/log-batch', { run_id: '$run', metrics: Array.from({ length: 1_001 }, () => metric) }),
  post('runs/log-batch', {
    run_id: '$run',
    params: Array.from({ length: 101 }, (_, i) => ({ key: `p${i}`, value: '1' })),
  }),
  post('runs/log-batch', {
    run_id: '$run',
    tags: Array.from({ length: 101 }, (_, i) => ({ key: `p${i}`, value: '1' })),
  }),
  post('runs/log-batch', { run_id: '$run', metrics: [{ ...metric, key: 'k'.repeat(251) }] }),
  post('runs/log-batch', { run_id: '$run', metrics: [{ ...metric, key: '../up' }] }),
  post('runs/log-batch', { run_id: '$run', metrics: [{ ...metric, key: 'a//b' }] }),
  post('runs/log-batch', { run_id: '$run', params: [{ key: 'bad?key', value: '1' }] }),
  post('runs/log-batch', { run_id: '$run', tags: [{ key: '', value: '1' }] }),
  post('runs/set-tag', { run_id: '$run', key: 'long', value: 'x'.repeat(9_000) }),
  post('runs/log-parameter', { run_id: '$run', key: 'long', value: 'x'.repeat(7_000) }),
  post('runs/delete-tag', { run_id: '$run', key: 'never there' }),
  post('runs/update', { run_id: '$run', status: 'NOWHERE' }),
  get('artifacts/list', { run_id: '$run', path: '../..' }),
  get('artifacts/list', { run_id: '$run', path: '/etc' }),
  get('artifacts/list', { run_id: '$run', path: '%2e%2e/x' }),
  post('registered-models/create', { name: 'm' }),
  post('registered-models/create', { name: 'a/b' }),
  post('registered-models/create', { name: 'a:b' }),
  post('model-versions/create', { name: 'm', source: 'mlflow-artifacts:/../../x', run_id: '$run' }),
  post('model-versions/create', { name: 'm', source: 'mlflow-artifacts:/%2e%2e/x', run_id: '$run' }),
  post('model-versions/create', { name: 'm', source: '/etc/passwd', run_id: '$run' }),
  post('model-versions/create', { name: 'm', source: 'file:///etc/passwd' }),
  post('model-versions/create', { name: 'm', source: 'models:/m' }),
  post('model-versions/create', { name: 'm', source: 's3://bucket/model' }),
  post('model-versions/create', { name: 'm', source: 'mlflow-artifacts:/$experiment/$run/artifacts/model' }),
  post('model-versions/create', {
    name: 'm',
    source: 'mlflow-artifacts:/$experiment/$run/artifacts/model',
    run_id: '$other',
  }),
  post('model-versions/create', { name: 'm', source: 'runs:/$run/model' }),
  post('model-versions/create', { name: 'm', source: 'runs:/$run/model', run_id: '$run' }),
  post('model-versions/create', { name: 'm', source: 'models:/$model', run_id: '$run' }),
  post('model-versions/create', { name: 'm', source: 'models:/$model', model_id: '$model' }),
  post('model-versions/create', { name: 'm', source: 'models:/m/1' }),
  post('model-versions/transition-stage', { name: 'm', version: '1', stage: 'None', archive_existing_versions: true }),
  post('model-versions/transition-stage', { name: 'm', version: '9', stage: 'Staging' }),
  post('registered-models/alias', { name: 'm', alias: 'latest', version: '1' }),
  post('registered-models/alias', { name: 'm', alias: 'v12', version: '1' }),
  post('registered-models/alias', { name: 'm', alias: 'a b', version: '1' }),
  post('registered-models/alias', { name: 'm', alias: 'x', version: '99' }),
  get('registered-models/alias', { name: 'm', alias: 'none' }),
  get('registered-models/get', { name: 'none' }),
  get('model-versions/get', { name: 'm', version: 'x' }),
  get('model-versions/get', { name: 'm', version: '99' }),
  get('logged-models/m-nothing'),
  get('3.0/mlflow/traces/tr-none'),
  get('runs/get', { run_id: 'f'.repeat(32) }),
  post('runs/delete', { run_id: '$other' }),
  post('runs/log-metric', { run_id: '$other', ...metric }),
  post('runs/log-parameter', { run_id: '$other', key: 'a', value: 'b' }),
  post('runs/set-tag', { run_id: '$other', key: 'a', value: 'b' }),
  post('runs/delete', { run_id: '$other' }),
  post('runs/restore', { run_id: '$other' }),
  post('no/such/call', {}),
  get('no/such/call'),
];

/** The whole list, in the order in which both servers are asked. */
export const requestList: readonly Request[] = [...goodRequests, ...searches, ...special, ...mutated()];

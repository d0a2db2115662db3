import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KpiDefinition, Manifest } from '@mulle/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkManifest } from './check-manifest.ts';
import { confinePath } from './confine-path.ts';
import { exampleManifest } from './example-manifest.ts';
import { planChanges } from './plan-changes.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mulle-manifest-'));
  mkdirSync(join(root, 'data'));
  writeFileSync(join(root, 'data', 'flights.parquet'), '');
});
afterEach(() => rmSync(root, { recursive: true }));

const allowed = (): string[] => [join(root, 'data')];

test('a sound manifest has no problems', async () => {
  expect((await checkManifest(exampleManifest(), allowed())).list).toEqual([]);
});

const kpi: KpiDefinition = {
  name: 'late',
  kind: 'rate',
  value: { outcome: 'late' },
  direction: 'decrease',
  role: 'goal',
  endpoints: ['delay'],
};

/** Each case spoils one thing and expects the path that is named, and a word of the sentence. */
const spoiled: [string, (manifest: Manifest) => void, string, RegExp][] = [
  ['a name twice', (m) => m.datasets.push(...m.datasets.slice(0, 1)), 'datasets/flights', /more than once/],
  [
    'an event time that is no field',
    (m) => Object.assign(m.datasets[0] ?? {}, { eventTime: 'day' }),
    'datasets/flights/eventTime',
    /no field 'day'/,
  ],
  [
    'an event time that is no timestamp',
    (m) => Object.assign(m.datasets[0] ?? {}, { eventTime: 'origin' }),
    'datasets/flights/eventTime',
    /not a timestamp/,
  ],
  [
    'a view of no dataset',
    (m) => Object.assign(m.featureViews[0] ?? {}, { dataset: 'x' }),
    'featureViews/origin/dataset',
    /no dataset 'x'/,
  ],
  [
    'a mean of text',
    (m) => Object.assign(m.featureViews[0]?.aggregates[0] ?? {}, { field: 'origin' }),
    'featureViews/origin/aggregates/late_rate/field',
    /no mean/,
  ],
  [
    'a service of no view',
    (m) => Object.assign(m.featureServices[0]?.features[1] ?? {}, { view: 'x' }),
    'featureServices/features/features/origin_rate/view',
    /no feature view/,
  ],
  [
    'an endpoint of no service',
    (m) => Object.assign(m.endpoints[0] ?? {}, { featureService: 'x' }),
    'endpoints/delay/featureService',
    /no feature service/,
  ],
  [
    'an endpoint that lacks an input',
    (m) => m.endpoints[0]?.inputs.splice(0, 1),
    'endpoints/delay/featureService',
    /no column 'origin'/,
  ],
  [
    'a step that falls',
    (m) =>
      Object.assign(m.endpoints[0]?.policy ?? {}, {
        steps: [
          { weight: 0.5, minSeconds: 0, minSamples: 1 },
          { weight: 0.1, minSeconds: 0, minSamples: 1 },
        ],
      }),
    'endpoints/delay/policy/steps/1/weight',
    /less than 0.5/,
  ],
  [
    'a monitor of no column',
    (m) => Object.assign(m.monitors[0] ?? {}, { columns: ['x'] }),
    'monitors/inputs/columns',
    /no input or feature 'x'/,
  ],
  [
    'a task after nothing',
    (m) => Object.assign(m.pipelines[0]?.tasks[1] ?? {}, { dependsOn: ['x'] }),
    'pipelines/retrain/tasks/validate/dependsOn',
    /no task 'x'/,
  ],
  [
    'a cycle',
    (m) => Object.assign(m.pipelines[0]?.tasks[0] ?? {}, { dependsOn: ['validate'] }),
    'pipelines/retrain/tasks/ingest/dependsOn',
    /cycle/,
  ],
  [
    'a template of a later task',
    (m) =>
      Object.assign(m.pipelines[0]?.tasks[0] ?? {}, {
        with: { dataset: 'flights', source: 'file', until: '${tasks.validate.rows}' },
      }),
    'pipelines/retrain/tasks/ingest/with',
    /not among the tasks it depends on/,
  ],
  [
    'a template of no parameter',
    (m) => Object.assign(m.pipelines[0]?.tasks[0]?.with ?? {}, { until: '${parameters.x}' }),
    'pipelines/retrain/tasks/ingest/with',
    /no parameter 'x'/,
  ],
  [
    'a trigger of no pipeline',
    (m) => Object.assign(m.triggers[0] ?? {}, { pipeline: 'x' }),
    'triggers/nightly/pipeline',
    /no pipeline 'x'/,
  ],
  [
    'a parameter of another type',
    (m) => Object.assign(m.triggers[0] ?? {}, { parameters: { seed: 'x' } }),
    'triggers/nightly/parameters/seed',
    /must be a number/,
  ],
  [
    'a cron that nobody can read',
    (m) => Object.assign(m.triggers[0]?.on ?? {}, { cron: '61 * * * *' }),
    'triggers/nightly/on/cron',
    /61/,
  ],
  [
    'a trigger of no monitor',
    (m) => Object.assign(m.triggers[1]?.on ?? {}, { monitor: 'x' }),
    'triggers/on-drift/on/monitor',
    /no monitor or dataset check 'x'. There are: inputs, quality, flights\.schema/,
  ],
  ['a file outside', (m) => Object.assign(m.sources[0] ?? {}, { path: '/etc/passwd' }), 'sources/file/path', /outside/],
  [
    'a KPI that nobody declares',
    (m) =>
      Object.assign(m.endpoints[0] ?? {}, {
        policy: { ...m.endpoints[0]?.policy, gates: [{ metric: 'kpi', kpi: { use: 'clicks' } }] },
      }),
    'endpoints/delay/policy',
    /no KPI 'clicks'/,
  ],
  ['a ratio per nothing', (m) => Object.assign(m, { kpis: [{ ...kpi, kind: 'ratio' }] }), 'kpis/late/per', /ratio/],
  [
    'a KPI of no endpoint',
    (m) => Object.assign(m, { kpis: [{ ...kpi, endpoints: ['x'] }] }),
    'kpis/late/endpoints',
    /no endpoint 'x'/,
  ],
  [
    'a covariate that the endpoint does not know',
    (m) => Object.assign(m, { kpis: [{ ...kpi, covariate: 'age' }] }),
    'kpis/late/covariate',
    /no input or feature 'age'/,
  ],
  [
    'a condition on a later task',
    (m) => Object.assign(m.pipelines[0]?.tasks[0] ?? {}, { when: '${tasks.validate.rows}' }),
    'pipelines/retrain/tasks/ingest/when',
    /not among the tasks it depends on/,
  ],
];

test.each(spoiled)('%s', async (_case, spoil, path, sentence) => {
  const manifest = exampleManifest();
  spoil(manifest);
  const { list } = await checkManifest(manifest, allowed());
  expect(list).toContainEqual({ path, message: expect.stringMatching(sentence) });
});

test('all problems are told at once', async () => {
  const manifest = exampleManifest();
  for (const [, spoil] of [...spoiled.slice(9, 10), ...spoiled.slice(13, -5)]) spoil(manifest);
  const problems = await checkManifest(manifest, allowed());
  expect(problems.list).toHaveLength(6);
  expect(() => problems.refuse()).toThrow(/And 1 more/);
});

describe('paths are confined', () => {
  test('to the roots, links followed, also where the file is not there yet', async () => {
    symlinkSync('/etc', join(root, 'data', 'out'));
    symlinkSync(join(root, 'data'), join(root, 'in'));
    const inside = join(root, 'data', 'flights.parquet');
    expect(await confinePath('flights.parquet', allowed())).toBe(inside);
    expect(await confinePath(join(root, 'in', 'flights.parquet'), allowed())).toBe(inside);
    expect(await confinePath('later/today.csv', allowed())).toBe(join(root, 'data', 'later', 'today.csv'));
    expect(await confinePath('..name.csv', allowed())).toBe(join(root, 'data', '..name.csv'));
    const outside = [
      'out/passwd',
      '../x',
      join(root, 'data-2'),
      'a\0b',
      'flights.parquet/x',
      join(root, 'data', 'out', 'new'),
    ];
    for (const path of outside) expect([path, await confinePath(path, allowed())]).toEqual([path, undefined]);
  });
});

describe('a plan', () => {
  test('names what is made, changed and gone; the order of keys is no change', () => {
    const before = exampleManifest();
    const after = exampleManifest();
    after.monitors.reverse();
    after.triggers = after.triggers.slice(0, 1).map(({ name, ...rest }) => ({ ...rest, cooldown: '1h', name }));
    after.pipelines.push({ name: 'second', tasks: before.pipelines[0]?.tasks ?? [] });
    expect(planChanges(before, after)).toEqual([
      { section: 'pipelines', name: 'second', action: 'create' },
      { section: 'triggers', name: 'nightly', action: 'update' },
      { section: 'triggers', name: 'on-drift', action: 'delete' },
    ]);
    expect(planChanges(before, exampleManifest())).toEqual([]);
    expect(planChanges(null, before)).toHaveLength(10);
  });
});

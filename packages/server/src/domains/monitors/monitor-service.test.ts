import type { AppliedManifest, Finding, MonitorWindow, NewFinding } from '@mulle/contract';
import { expect, test } from 'vitest';
import { accessMigrations, AuditLog, type AccessTables } from '#domains/access/index.ts';
import { activityMigrations, ActivityService, type ActivityTables } from '#domains/activity/index.ts';
import { PipelineService, pipelineMigrations, TriggerService, type PipelineTables } from '#domains/pipelines/index.ts';
import { exampleManifest } from '#domains/project/index.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import { MonitorService, raisedAgainAfterWindows } from './monitor-service.ts';
import { monitorMigrations, type MonitorTables } from './monitor-tables.ts';

const window = (number: number): MonitorWindow => ({
  monitor: 'inputs',
  endpoint: 'delay',
  fromMs: number * 1_000,
  toMs: (number + 1) * 1_000,
  rows: 100,
  values: { 'hour.psi': 0.3, auc: null },
  createdAtMs: 5,
});

const finding = (number: number | null, rest: Partial<NewFinding> = {}): NewFinding => ({
  kind: 'covariate-drift',
  severity: 'warning',
  monitor: 'inputs',
  endpoint: 'delay',
  dataset: null,
  subject: 'hour',
  statistics: { psi: 0.3 },
  window: number === null ? null : { fromMs: number * 1_000, toMs: (number + 1) * 1_000, rows: 100 },
  message: { en: 'hour drifted', ko: 'hour 드리프트' },
  recommendation: { en: 'retrain', ko: '재학습' },
  causeId: null,
  ...rest,
});

describeOnEveryDatabase('monitors', (openDatabase) => {
  const open = async () => {
    const database = await openDatabase<MonitorTables & PipelineTables & ActivityTables & AccessTables>([
      ...activityMigrations,
      ...accessMigrations,
      ...pipelineMigrations,
      ...monitorMigrations,
    ]);
    const activity = new ActivityService(database);
    const audit = new AuditLog(database);
    const applied: AppliedManifest = {
      version: 1,
      digest: 'code',
      manifest: exampleManifest(),
      changes: [],
      actor: 'kim',
      createdAtMs: 0,
    };
    const manifest = () => applied;
    const pipelines = new PipelineService({ database, activity, audit, manifest });
    const triggers = new TriggerService({ database, activity, pipelines, manifest });
    const monitors = new MonitorService({ database, activity, triggers, manifest });
    const raised = async (): Promise<Finding[]> => (await monitors.findings({})).items;
    const types = async () => (await activity.list({ after: 0 })).items.map(({ type }) => type);
    return { monitors, pipelines, activity, raised, types };
  };

  test('a window is recorded once, whatever is told again', async () => {
    const { monitors, raised, types } = await open();
    const ids = await monitors.record([window(1)], [finding(1)]);
    expect(await monitors.record([window(1)], [finding(1)])).toEqual(ids);
    expect((await monitors.windows('inputs', {})).items).toEqual([window(1)]);
    expect(await raised()).toMatchObject([{ id: ids[0], subject: 'hour' }]);
    expect(await types()).toEqual(['finding-raised', 'trigger-fired', 'pipeline-run-started']);
    expect(await monitors.list()).toMatchObject([{ last: { fromMs: 1_000 } }, { last: null }]);
  });

  test('the event of a finding has its id; what it triggers follows from it', async () => {
    const { monitors, activity } = await open();
    const [id] = await monitors.record([window(1)], [finding(1, { causeId: 'because' })]);
    const { items } = await activity.list({ after: 0 });
    expect(items.slice(0, 2)).toMatchObject([
      { id, subject: id, causeId: 'because', value: { subject: 'hour' } },
      { type: 'trigger-fired', causeId: id },
    ]);
  });

  test('what lasts is told once and counted; after a window without it, it is told again', async () => {
    const { monitors, raised } = await open();
    const [first] = await monitors.record([window(1)], [finding(1)]);
    expect(await monitors.record([window(2)], [finding(2)])).toEqual([first]);
    expect(await monitors.record([window(3)], [finding(3), finding(3, { subject: 'origin_rate' })])).toHaveLength(2);
    expect((await raised()).find(({ id }) => id === first)?.statistics).toEqual({ psi: 0.3, windows: 3 });
    expect(await monitors.record([window(4)], [])).toEqual([]);
    expect(await monitors.record([window(5)], [finding(5)])).not.toEqual([first]);
    expect(await raised()).toHaveLength(3);
  });

  test('it is told again when it grows more severe, and every 24 windows', async () => {
    const { monitors, raised } = await open();
    await monitors.record([window(0)], [finding(0)]);
    await monitors.record([window(1)], [finding(1, { severity: 'critical' })]);
    expect((await raised()).map(({ severity }) => severity)).toEqual(['critical', 'warning']);
    for (let number = 2; number <= raisedAgainAfterWindows; number++)
      await monitors.record([window(number)], [finding(number)]);
    expect(await raised()).toHaveLength(2);
    const number = raisedAgainAfterWindows + 1;
    await monitors.record([window(number)], [finding(number)]);
    expect(await raised()).toHaveLength(3);
  });

  test('a trigger that could not fire for a lasting finding fires when it can, once', async () => {
    const { monitors, pipelines, types } = await open();
    const kim = { name: 'kim', role: 'member' } as const;
    const { id } = await pipelines.start('retrain', { startedBy: 'cli', causeId: null }, kim);
    await monitors.record([window(1)], [finding(1)]);
    await pipelines.cancel(id, kim);
    expect(await types()).not.toContain('trigger-fired');
    await monitors.record([window(2)], [finding(2)]);
    const { items } = await pipelines.list({});
    await pipelines.cancel(items[0]?.id ?? '', kim);
    await monitors.record([window(3)], [finding(3)]);
    expect((await types()).filter((type) => type === 'trigger-fired')).toHaveLength(1);
  });

  test('windows told together are taken in their order; findings without a window stand alone', async () => {
    const { monitors, raised } = await open();
    const ids = await monitors.record([window(2), window(1)], [finding(1), finding(2), finding(null)]);
    expect(new Set(ids).size).toBe(2);
    expect((await raised()).map(({ statistics }) => statistics)).toEqual([{ psi: 0.3 }, { psi: 0.3, windows: 2 }]);
    expect((await monitors.windows('inputs', { limit: 1 })).items).toEqual([window(2)]);
  });

  test('reports are raised each time; lists are filtered and paged', async () => {
    const { monitors } = await open();
    const report = finding(null, { monitor: 'flights', endpoint: null, dataset: 'flights', severity: 'critical' });
    const ids = [(await monitors.report(report)).id, (await monitors.report(report)).id];
    await monitors.record([window(1)], [finding(1)]);
    const page = await monitors.findings({ monitor: 'flights', limit: 1 });
    const next = await monitors.findings({ monitor: 'flights', limit: 1, pageToken: page.nextPageToken ?? '' });
    expect([...page.items, ...next.items].map(({ id }) => id)).toEqual(ids.toReversed());
    expect((await monitors.findings({ endpoint: 'delay' })).items).toHaveLength(1);
    expect((await monitors.findings({ severity: 'critical' })).items).toHaveLength(2);
    await expect(monitors.windows('none', {})).rejects.toMatchObject({ code: 'not_found' });
  });
});

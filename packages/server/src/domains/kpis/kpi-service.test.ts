import type { AppliedManifest, KpiDefinition, KpiSeries } from '@mulle/contract';
import { expect, test } from 'vitest';
import { exampleManifest } from '#domains/project/index.ts';
import { exampleModels } from '#domains/releases/index.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import { KpiService } from './kpi-service.ts';
import { kpiMigrations, type KpiTables } from './kpi-tables.ts';

const late: KpiDefinition = {
  name: 'late-rate',
  kind: 'rate',
  value: { outcome: 'late' },
  direction: 'decrease',
  role: 'goal',
  endpoints: ['delay', 'other'],
};
const series = (variant: string, endpoint: string, value: number): KpiSeries => ({
  kpi: 'late-rate',
  endpoint,
  variant,
  total: { value, error: 0.01, n: 10 },
  days: [{ dayMs: 0, value, error: null, n: 10 }],
});

describeOnEveryDatabase('KPIs', (openDatabase) => {
  test('a series is replaced by what is told later; what the project does not declare is not shown', async () => {
    const database = await openDatabase<KpiTables>(kpiMigrations);
    const manifest = { ...exampleManifest(), kpis: [late] };
    const applied: AppliedManifest = { version: 1, digest: '', manifest, changes: [], actor: 'kim', createdAtMs: 0 };
    const models = {
      getVersion: async (...which: [string, number]) => ({
        ...(await exampleModels().getVersion(...which)),
        metrics: { auc: 0.7 },
      }),
    };
    const kpis = new KpiService({ database, models, manifest: () => applied });
    await kpis.record([series('delay@1', 'delay', 0.3), series('delay@99', 'other', 0.5)]);
    await kpis.record([series('delay@1', 'delay', 0.2), { ...series('x', 'delay', 1), kpi: 'gone' }]);
    await kpis.record([series('fallback:default', 'delay', 0.4)]);
    const [report, ...others] = await kpis.list('delay');
    expect(others).toEqual([]);
    expect(report?.definition).toEqual(late);
    const figures = report?.series.map(({ variant, total, modelMetrics }) => [variant, total.value, modelMetrics]);
    expect(figures?.toSorted()).toEqual([
      ['delay@1', 0.2, { auc: 0.7 }],
      ['fallback:default', 0.4, {}],
    ]);
    expect((await kpis.list())[0]?.series).toHaveLength(3);
    expect(await kpis.list('nowhere')).toEqual([]);
  });
});

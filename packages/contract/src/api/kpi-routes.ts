import { Type, type Static } from '../type.ts';
import { KpiDefinition, KpiSeries } from '../kpi.ts';
import { ModelVersion } from '../model.ts';
import { Name } from '../names.ts';
import { Body, route } from './route.ts';

/** A declared KPI with what it came to, and beside each variant the metrics that its model was registered with. */
export const KpiReport = Type.Object({
  definition: KpiDefinition,
  series: Type.Array(Type.Object({ ...KpiSeries.properties, modelMetrics: ModelVersion.properties.metrics })),
});
export type KpiReport = Static<typeof KpiReport>;

export const kpiRoutes = {
  listKpis: route({
    method: 'GET',
    path: '/api/kpis',
    summary: 'Declared KPIs as outcomes measured them, by endpoint and variant, beside the metrics of the models',
    access: 'viewer',
    query: Body({ endpoint: Type.Optional(Name) }),
    response: Type.Object({ items: Type.Array(KpiReport) }),
  }),
  recordKpis: route({
    method: 'POST',
    path: '/internal/kpis',
    summary: 'What KPIs came to; replaces what was recorded of the same variant before',
    access: 'internal',
    body: Body({ series: Type.Array(KpiSeries) }),
    response: Type.Object({}),
  }),
} as const;

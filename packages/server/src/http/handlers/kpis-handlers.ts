import type { KpiService } from '#domains/kpis/index.ts';
import type { Handlers } from '../handler.ts';

export function kpisHandlers(kpis: KpiService): Pick<Handlers, 'listKpis' | 'recordKpis'> {
  return {
    listKpis: async ({ query }) => ({ items: await kpis.list(query.endpoint) }),
    recordKpis: async ({ body }) => {
      await kpis.record(body.series);
      return {};
    },
  };
}

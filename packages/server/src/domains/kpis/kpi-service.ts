import { parseVariantId, type AppliedManifest, type KpiReport, type KpiSeries } from '@mulle/contract';
import type { RegistryService } from '#domains/registry/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { decodeJson, encodeJson, type Database } from '#platform/database/index.ts';
import type { KpiTables } from './kpi-tables.ts';

export interface KpiServiceOptions {
  readonly database: Database<KpiTables>;
  readonly models: Pick<RegistryService, 'getVersion'>;
  readonly manifest: () => AppliedManifest | null;
}

/** What declared KPIs came to. The analyser folds them and tells each series whole, so telling twice changes nothing. */
export class KpiService {
  readonly #options: KpiServiceOptions;

  constructor(options: KpiServiceOptions) {
    this.#options = options;
  }

  /** Replaces what was recorded of these series. */
  record(series: readonly KpiSeries[]): Promise<void> {
    return this.#options.database.transaction(async (trx) => {
      for (const { kpi, endpoint, variant, total, days } of series) {
        const figures = { figures: encodeJson({ total, days }), updated_at_ms: nowMs() };
        await trx
          .insertInto('kpi_series')
          .values({ kpi, endpoint, variant, ...figures })
          .onConflict((conflict) => conflict.columns(['kpi', 'endpoint', 'variant']).doUpdateSet(figures))
          .execute();
      }
    });
  }

  /** The declared KPIs, those of one endpoint where it is named, each with its series, the latest measured first. */
  async list(endpoint?: string): Promise<KpiReport[]> {
    const declared = this.#options.manifest()?.manifest.kpis ?? [];
    const rows = await this.#options.database.kysely
      .selectFrom('kpi_series')
      .selectAll()
      .orderBy('updated_at_ms', 'desc')
      .orderBy('variant')
      .execute();
    const reports: KpiReport[] = [];
    for (const definition of declared) {
      const measured = definition.endpoints.filter((name) => endpoint === undefined || name === endpoint);
      if (measured.length === 0) continue;
      const own = rows.filter((row) => row.kpi === definition.name && measured.includes(row.endpoint));
      const series = own.map(async ({ kpi, endpoint: at, variant, figures }) => ({
        kpi,
        endpoint: at,
        variant,
        ...decodeJson<Pick<KpiSeries, 'total' | 'days'>>(figures),
        modelMetrics: await this.#metricsOf(variant),
      }));
      reports.push({ definition, series: await Promise.all(series) });
    }
    return reports;
  }

  /** None for what is no model, or is registered no more. */
  async #metricsOf(variant: string): Promise<Record<string, number>> {
    const named = parseVariantId(variant);
    if (named?.kind !== 'model') return {};
    try {
      return (await this.#options.models.getVersion(named.name, named.version)).metrics;
    } catch (thrown) {
      if (thrown instanceof MulleError && thrown.code === 'not_found') return {};
      throw thrown;
    }
  }
}

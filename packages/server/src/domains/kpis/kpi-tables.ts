import { columnTypes, type Migration } from '#platform/database/index.ts';

export interface KpiTables {
  kpi_series: {
    kpi: string;
    endpoint: string;
    variant: string;
    /** Total and days, JSON. */
    figures: string;
    updated_at_ms: number;
  };
}

export const kpiMigrations: readonly Migration[] = [
  {
    name: 'kpis-1',
    async up(database, dialect) {
      const { text, integer } = columnTypes(dialect);
      await database.schema
        .createTable('kpi_series')
        .addColumn('kpi', text, (column) => column.notNull())
        .addColumn('endpoint', text, (column) => column.notNull())
        .addColumn('variant', text, (column) => column.notNull())
        .addColumn('figures', text, (column) => column.notNull())
        .addColumn('updated_at_ms', integer, (column) => column.notNull())
        .addPrimaryKeyConstraint('kpi_series_key', ['kpi', 'endpoint', 'variant'])
        .execute();
    },
  },
];

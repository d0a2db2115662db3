import type { RuleStage } from '@mulle/contract';
import { columnTypes, type Migration } from '#platform/database/index.ts';

export interface RuleTables {
  rule_set_versions: {
    rule_set: string;
    version: number;
    /** Grows by one per version of any rule set: the order of lists. */
    sequence: number;
    digest: string;
    definition: string;
    problems: string;
    distilled_from: string | null;
    actor: string;
    reason: string;
    created_at_ms: number;
    /** Grows with each publishing of any version; the greatest of a rule set is what is used. Null: a draft. */
    published_sequence: number | null;
    published_at_ms: number | null;
  };
  rule_hits: {
    /** `variantId` of the version. */
    rule_set: string;
    rule: string;
    stage: RuleStage;
    hits: number;
    last_at_ms: number | null;
  };
}

export const ruleMigrations: readonly Migration[] = [
  {
    name: 'rules-1',
    async up(database, dialect) {
      const { text, integer } = columnTypes(dialect);
      await database.schema
        .createTable('rule_set_versions')
        .addColumn('rule_set', text, (column) => column.notNull())
        .addColumn('version', integer, (column) => column.notNull())
        .addColumn('sequence', integer, (column) => column.notNull().unique())
        .addColumn('digest', text, (column) => column.notNull())
        .addColumn('definition', text, (column) => column.notNull())
        .addColumn('problems', text, (column) => column.notNull())
        .addColumn('distilled_from', text)
        .addColumn('actor', text, (column) => column.notNull())
        .addColumn('reason', text, (column) => column.notNull())
        .addColumn('created_at_ms', integer, (column) => column.notNull())
        .addColumn('published_sequence', integer, (column) => column.unique())
        .addColumn('published_at_ms', integer)
        .addPrimaryKeyConstraint('rule_set_versions_key', ['rule_set', 'version'])
        .addUniqueConstraint('rule_set_versions_by_digest', ['rule_set', 'digest'])
        .execute();
      await database.schema
        .createTable('rule_hits')
        .addColumn('rule_set', text, (column) => column.notNull())
        .addColumn('rule', text, (column) => column.notNull())
        .addColumn('stage', text, (column) => column.notNull())
        .addColumn('hits', integer, (column) => column.notNull())
        .addColumn('last_at_ms', integer)
        .addPrimaryKeyConstraint('rule_hits_key', ['rule_set', 'rule', 'stage'])
        .execute();
    },
  },
];

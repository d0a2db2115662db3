import type { Rule, RuleEffect, RuleHits, RuleProblem, RuleSetDefinition } from '@mulle/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../format/use-format.ts';
import type { Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { Status } from '../../parts/status.tsx';
import { None, When } from '../../parts/when.tsx';
import styles from './rules.module.css';

interface RuleTableProps {
  definition: RuleSetDefinition;
  problems: readonly RuleProblem[];
  /** Undefined while they are being read. */
  hits: readonly RuleHits[] | undefined;
}

interface Row {
  rule: Rule;
  problems: readonly RuleProblem[];
  hits: number | undefined;
  lastAtMs: number | null;
}

/** Rules in the order in which they are asked, each with what it does and how often it did. */
export function RuleTable({ definition, problems, hits }: RuleTableProps): ReactNode {
  const { t } = useTranslation();
  const columns = useColumns();
  const rows = definition.rules
    .toSorted((a, b) => (b.priority ?? 0) - (a.priority ?? 0))
    .map((rule): Row => {
      const own = hits?.filter((each) => each.rule === rule.name) ?? [];
      const last = own.flatMap(({ lastAtMs }) => (lastAtMs === null ? [] : [lastAtMs]));
      return {
        rule,
        problems: problems.filter(({ name }) => name === rule.name),
        hits: hits && own.reduce((sum, each) => sum + each.hits, 0),
        lastAtMs: last.length === 0 ? null : Math.max(...last),
      };
    });
  return (
    <DataTable
      caption={t('section.rules')}
      name="rules"
      columns={columns}
      rows={rows}
      rowKey={({ rule }) => rule.name}
    />
  );
}

function useColumns(): Column<Row>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const explanation = ({ rule }: Row): string => rule.explanation[format.language];
  return [
    {
      id: 'rule',
      label: t('rules.rule'),
      value: ({ rule }) => rule.name,
      cell: ({ rule, problems }) => (
        <span className={styles['name']}>
          {rule.name}
          {problems.map(({ kind }) => (
            <Status key={kind} state="warning">
              {t(`rules.problem.${kind}`)}
            </Status>
          ))}
        </span>
      ),
    },
    {
      id: 'when',
      label: t('rules.when'),
      value: ({ rule }) => rule.when,
      cell: ({ rule }) => <code className={styles['code']}>{rule.when}</code>,
    },
    {
      id: 'effect',
      label: t('rules.effect'),
      wide: true,
      value: ({ rule }) => effectText(rule.effect),
      cell: ({ rule }) => (
        <span className={styles['effect']}>
          {t(`rules.effectKind.${rule.effect.kind}`)} <code>{effectText(rule.effect)}</code>
        </span>
      ),
    },
    { id: 'explanation', label: t('rules.explanation'), wide: true, value: explanation, cell: explanation },
    {
      id: 'priority',
      label: t('rules.priority'),
      numeric: true,
      wide: true,
      value: ({ rule }) => rule.priority ?? 0,
      cell: ({ rule }) => format.number(rule.priority ?? 0),
    },
    {
      id: 'hits',
      label: t('rules.hits'),
      numeric: true,
      value: ({ hits }) => hits,
      cell: ({ hits }) => (hits === undefined ? <None /> : format.number(hits)),
    },
    {
      id: 'last',
      label: t('rules.lastHit'),
      numeric: true,
      wide: true,
      time: true,
      value: ({ lastAtMs }) => lastAtMs,
      cell: ({ lastAtMs }) => <When atMs={lastAtMs} />,
    },
  ];
}

function effectText(effect: RuleEffect): string {
  if (effect.kind === 'enrich')
    return Object.entries(effect.set)
      .map(([name, expression]) => `${name} = ${expression}`)
      .join(', ');
  return effect.label === undefined ? String(effect.score) : `${effect.score} · ${effect.label}`;
}

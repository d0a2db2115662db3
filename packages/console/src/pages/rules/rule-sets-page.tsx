import type { RuleSetSummary } from '@mulle/contract';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Empty } from '../../parts/empty.tsx';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Status } from '../../parts/status.tsx';
import type { Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { Teach } from '../../parts/teach.tsx';
import { None, When } from '../../parts/when.tsx';
import styles from './rules.module.css';

export function RuleSetsPage(): ReactNode {
  const { t } = useTranslation();
  const ruleSets = useRoute('listRuleSets', {});
  const columns = useColumns();
  return (
    <Page
      title={t('section.rules')}
      summary={t('rules.summary')}
      actions={
        <>
          <Teach route="listRuleSets" input={{}} cli="mulle rules list" />
          <Link to="/rules/new">{t('rules.new')}</Link>
        </>
      }
    >
      <QueryView query={ruleSets}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('rules.none')} command="mulle apply">
              {t('rules.noneHint')}
            </Empty>
          ) : (
            <DataTable caption={t('section.rules')} columns={columns} rows={items} rowKey={({ name }) => name} />
          )
        }
      </QueryView>
    </Page>
  );
}

function useColumns(): Column<RuleSetSummary>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return [
    {
      id: 'name',
      label: t('rules.ruleSet'),
      value: ({ name }) => name,
      cell: ({ name }) => (
        <Link to="/rules/$name" params={{ name }}>
          {name}
        </Link>
      ),
    },
    {
      id: 'published',
      label: t('rules.published'),
      value: ({ published }) => published?.version,
      cell: ({ published, newest }) =>
        published === null ? (
          <Status state="waiting">{t('rules.nothingPublished')}</Status>
        ) : published.version === newest.version ? (
          t('rules.versionNumber', { version: published.version })
        ) : (
          <Status state="waiting">{t('rules.behind', { version: published.version, newest: newest.version })}</Status>
        ),
    },
    {
      id: 'rules',
      label: t('section.rules'),
      numeric: true,
      value: ({ newest }) => newest.definition.rules.length,
      cell: ({ newest }) => format.number(newest.definition.rules.length),
    },
    {
      id: 'problems',
      label: t('rules.problems'),
      wide: true,
      value: ({ newest }) => newest.problems.length,
      cell: ({ newest: { problems } }) =>
        problems.length === 0 ? (
          <Status state="succeeded">{t('rules.noProblems')}</Status>
        ) : (
          <Status state="warning">{t('rules.problemCount', { count: problems.length })}</Status>
        ),
    },
    {
      id: 'usedBy',
      label: t('rules.usedBy'),
      wide: true,
      value: ({ usedBy }) => usedBy.map(({ endpoint }) => endpoint).join(' '),
      cell: ({ usedBy }) => <UsedBy usedBy={usedBy} />,
    },
    {
      id: 'changed',
      label: t('column.changed'),
      numeric: true,
      time: true,
      value: ({ newest }) => newest.createdAtMs,
      cell: ({ newest }) => <When atMs={newest.createdAtMs} />,
    },
  ];
}

function UsedBy({ usedBy }: Pick<RuleSetSummary, 'usedBy'>): ReactNode {
  const { t } = useTranslation();
  if (usedBy.length === 0) return <None />;
  return usedBy.map(({ endpoint, stage }) => (
    <span key={`${endpoint}:${stage}`} className={styles['used']}>
      <Link to="/endpoints/$name" params={{ name: endpoint }}>
        {endpoint}
      </Link>{' '}
      {t(`rules.stage.${stage}`)}{' '}
    </span>
  ));
}

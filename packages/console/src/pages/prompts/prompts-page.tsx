import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePagedRoute, type Item } from '../../api/use-route.ts';
import { Empty } from '../../parts/empty.tsx';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import type { Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { Teach } from '../../parts/teach.tsx';
import { None, When } from '../../parts/when.tsx';
import styles from './prompts.module.css';

type Prompt = Item<'listPrompts'>;

export function PromptsPage(): ReactNode {
  const { t } = useTranslation();
  const input = { query: { limit: 200 } };
  const prompts = usePagedRoute('listPrompts', input);
  const columns = useColumns();
  return (
    <Page
      title={t('section.prompts')}
      summary={t('prompt.summary')}
      actions={<Teach route="listPrompts" input={input} />}
    >
      <QueryView query={prompts.query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty
              title={t('prompt.none')}
              command={'mlflow.genai.register_prompt(\n    name="answer", template="{{question}}"\n)'}
            >
              {t('prompt.noneHint')}
            </Empty>
          ) : (
            <DataTable
              caption={t('section.prompts')}
              columns={columns}
              rows={items}
              list={prompts}
              rowKey={({ name }) => name}
            />
          )
        }
      </QueryView>
    </Page>
  );
}

function useColumns(): Column<Prompt>[] {
  const { t } = useTranslation();
  return [
    {
      id: 'name',
      label: t('prompt.prompt'),
      value: ({ name }) => name,
      cell: ({ name }) => (
        <Link to="/prompts/$name" params={{ name }}>
          {name}
        </Link>
      ),
    },
    {
      id: 'aliases',
      label: t('model.aliases'),
      value: ({ aliases }) => Object.keys(aliases).join(' '),
      cell: ({ name, aliases }) =>
        Object.keys(aliases).length === 0 ? (
          <None />
        ) : (
          <span className={styles['aliases']}>
            {Object.entries(aliases).map(([alias, version]) => (
              <Link key={alias} to="/prompts/$name" params={{ name }} search={{ version: String(version) }}>
                {alias} <small>{version}</small>
              </Link>
            ))}
          </span>
        ),
    },
    {
      id: 'tags',
      label: t('run.tags'),
      wide: true,
      value: ({ tags }) =>
        Object.entries(tags)
          .map(([name, value]) => `${name}=${value}`)
          .join(' '),
      cell: ({ tags }) =>
        Object.entries(tags)
          .map(([name, value]) => `${name}=${value}`)
          .join(' · ') || <None />,
    },
    {
      id: 'changed',
      label: t('column.changed'),
      numeric: true,
      time: true,
      value: ({ updatedAtMs }) => updatedAtMs,
      cell: ({ updatedAtMs }) => <When atMs={updatedAtMs} />,
    },
  ];
}

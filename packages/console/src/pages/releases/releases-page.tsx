import { challengersOf, reasonText, variantId, type Release, type ReleaseState } from '@mulle/contract';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePagedRoute } from '../../api/use-route.ts';
import type { Format } from '../../format/format.ts';
import { useFormat } from '../../format/use-format.ts';
import { Choice } from '../../parts/choice.tsx';
import { tookMs, type Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Status } from '../../parts/status.tsx';
import { Teach } from '../../parts/teach.tsx';
import { None, Took, When } from '../../parts/when.tsx';
import { sharesOf } from './release-shares.ts';
import { VariantLink } from './variant-link.tsx';
import { useKindLabel } from './use-kind-label.ts';

const route = getRouteApi('/releases');
const releaseStates: readonly ReleaseState[] = ['running', 'paused', 'promoted', 'rolled-back', 'superseded'];

/** What all challengers together are given; null where the strategy learns it. */
function challengersShare(release: Release): number | null {
  const shares = sharesOf(release).flatMap(({ group, share }) => (group === 'incumbent' ? [] : [share]));
  return shares.reduce<number | null>((sum, share) => (sum === null || share === null ? null : sum + share), 0);
}

function shareColumn(label: string, format: Format): Column<Release> {
  return {
    id: 'weight',
    label,
    numeric: true,
    wide: true,
    value: challengersShare,
    cell: (release) => {
      const share = challengersShare(release);
      return share === null ? <None /> : format.share(share, 0);
    },
  };
}

export function useReleaseColumns(): Column<Release>[] {
  const { t } = useTranslation();
  const kindLabel = useKindLabel();
  const format = useFormat();
  const reasonOf = ({ reason }: Release): string => reasonText(reason, format.language);
  return [
    {
      id: 'release',
      label: t('column.release'),
      value: ({ id }) => id,
      cell: ({ id }) => (
        <Link to="/releases/$id" params={{ id }}>
          {id}
        </Link>
      ),
    },
    {
      id: 'state',
      label: t('column.state'),
      value: ({ state }) => state,
      cell: ({ state }) => <Status state={state} />,
    },
    {
      id: 'kind',
      label: t('release.kindColumn'),
      wide: true,
      value: ({ strategy }) => strategy.kind,
      cell: ({ strategy }) => kindLabel(strategy.kind),
    },
    {
      id: 'challenger',
      label: t('release.challenger'),
      wide: true,
      value: ({ strategy }) => challengersOf(strategy).map(variantId).join(' '),
      cell: ({ strategy }) =>
        challengersOf(strategy).map((variant) => <VariantLink key={variantId(variant)} variant={variant} />),
    },
    {
      id: 'endpoint',
      label: t('column.endpoint'),
      wide: true,
      value: ({ endpoint }) => endpoint,
      cell: ({ endpoint: name }) => (
        <Link to="/endpoints/$name" params={{ name }}>
          {name}
        </Link>
      ),
    },
    shareColumn(t('release.weight'), format),
    { id: 'reason', label: t('column.reason'), wide: true, value: reasonOf, cell: reasonOf },
    {
      id: 'took',
      label: t('column.took'),
      numeric: true,
      wide: true,
      value: ({ createdAtMs, endedAtMs }) => tookMs(createdAtMs, endedAtMs),
      cell: ({ createdAtMs, endedAtMs }) => <Took fromMs={createdAtMs} toMs={endedAtMs} />,
    },
    {
      id: 'started',
      label: t('column.started'),
      numeric: true,
      time: true,
      value: ({ createdAtMs }) => createdAtMs,
      cell: ({ createdAtMs }) => <When atMs={createdAtMs} />,
    },
  ];
}

export function ReleasesPage(): ReactNode {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const state = releaseStates.find((each) => each === search.state);
  const filters = {
    ...(search.endpoint === undefined ? {} : { endpoint: search.endpoint }),
    ...(state === undefined ? {} : { state }),
  };
  const input = { query: filters };
  const list = usePagedRoute('listReleases', input);
  const columns = useReleaseColumns();
  return (
    <Page
      title={t('section.releases')}
      summary={t('release.summary')}
      actions={
        <>
          <Teach route="listReleases" input={input} />
          <Link to="/releases/plan">{t('release.plan')}</Link>
        </>
      }
    >
      <Choice
        label={t('column.state')}
        value={state ?? 'all'}
        options={[['all', t('action.all')], ...releaseStates.map((each) => [each, t(`state.${each}`)] as const)]}
        onChange={(value) =>
          void navigate({ search: (before) => ({ ...before, state: value === 'all' ? undefined : value }) })
        }
      />
      <QueryView query={list.query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('release.none')} command="mulle deploy NAME@VERSION">
              {t('release.noneHint')}
            </Empty>
          ) : (
            <>
              <DataTable
                caption={t('section.releases')}
                columns={columns}
                rows={items}
                list={list}
                timeColumn="started"
                rowKey={({ id }) => id}
              />
            </>
          )
        }
      </QueryView>
    </Page>
  );
}

import { reasonText, type Release } from '@mulle/contract';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../format/use-format.ts';
import { useRoute } from '../../api/use-route.ts';
import { Facts } from '../../parts/facts.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { Status } from '../../parts/status.tsx';
import { Teach } from '../../parts/teach.tsx';
import { None, Took, When } from '../../parts/when.tsx';
import { AbReport } from './ab-report.tsx';
import { BanditHistory } from './bandit-history.tsx';
import { ReleaseActions } from './release-actions.tsx';
import { ReleaseEvidence } from './release-evidence.tsx';
import { ReleaseSteps } from './release-steps.tsx';
import { ReleaseTimeline } from './release-timeline.tsx';
import { TrafficSplit } from './traffic-split.tsx';
import { useKindLabel } from './use-kind-label.ts';

const route = getRouteApi('/releases/$id');

export function ReleasePage(): ReactNode {
  const kindLabel = useKindLabel();
  const { id } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const input = { params: { id } };
  const release = useRoute('getRelease', input, { refetchInterval: 3_000 });
  const open = (action: string | undefined): void =>
    void navigate({ search: action === undefined ? {} : { do: action }, replace: true });
  return (
    <Page
      title={release.data ? `${release.data.endpoint} · ${kindLabel(release.data.strategy.kind)}` : id}
      summary={release.data && <ReleaseSummary release={release.data} />}
      actions={
        <>
          <Teach route="getRelease" input={input} />
          {release.data && <ReleaseActions release={release.data} open={search.do} onOpen={open} />}
        </>
      }
    >
      <QueryView query={release}>{(data) => <ReleaseBody release={data} />}</QueryView>
    </Page>
  );
}

function ReleaseSummary({ release }: { release: Release }): ReactNode {
  const { language } = useFormat();
  return (
    <>
      <Status state={release.state} />
      <ShortId id={release.id} length={24} />
      <span>{reasonText(release.reason, language)}</span>
    </>
  );
}

function ReleaseBody({ release }: { release: Release }): ReactNode {
  const { t } = useTranslation();
  const { strategy } = release;
  return (
    <>
      {strategy.kind === 'ab-test' && <AbReport release={release} strategy={strategy} />}
      <TrafficSplit release={release} />
      {(strategy.kind === 'bandit' || strategy.kind === 'contextual-bandit') && <BanditHistory release={release} />}
      <ReleaseSteps release={release} />
      {strategy.kind !== 'single' && (
        <Section title={t('release.evidence')}>
          <ReleaseEvidence release={release} />
        </Section>
      )}
      <ReleaseTimeline releaseId={release.id} />
      <Record release={release} />
    </>
  );
}

function Record({ release }: { release: Release }): ReactNode {
  const { t } = useTranslation();
  const { strategy } = release;
  return (
    <Section title={t('release.record')}>
      <Facts
        items={[
          [
            t('column.endpoint'),
            <Link key="endpoint" to="/endpoints/$name" params={{ name: release.endpoint }}>
              {release.endpoint}
            </Link>,
          ],
          [t('column.started'), <When key="started" atMs={release.createdAtMs} />],
          [t('column.took'), <Took key="took" fromMs={release.createdAtMs} toMs={release.endedAtMs} />],
          [t('column.by'), release.actor],
          ...('whenInconclusive' in strategy
            ? ([[t('release.whenInconclusive'), t(`release.inconclusive.${strategy.whenInconclusive}`)]] as const)
            : []),
          [
            t('column.cause'),
            release.causeId === null ? <None key="cause" /> : <ShortId key="cause" id={release.causeId} length={24} />,
          ],
        ]}
      />
    </Section>
  );
}

import { challengersOf, incumbentOf, promotedVariant, reasonText, variantId } from '@mulle/contract';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { quoted } from '../../api/teach.ts';
import { useRoute, type Answer } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Button } from '../../parts/button.tsx';
import { ChangeDialog } from '../../parts/change-dialog.tsx';
import { DataTable } from '../../parts/table/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Columns, Page, Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Status } from '../../parts/status.tsx';
import { Teach } from '../../parts/teach.tsx';
import { None } from '../../parts/when.tsx';
import { ReleaseActions } from '../releases/release-actions.tsx';
import { ReleaseEvidence } from '../releases/release-evidence.tsx';
import { ReleaseSteps } from '../releases/release-steps.tsx';
import { useReleaseColumns } from '../releases/releases-page.tsx';
import { VariantIdLink, VariantLink } from '../releases/variant-link.tsx';
import { DeployDialog } from './deploy-dialog.tsx';
import { LiveStatus } from './live-status.tsx';
import { TryIt } from './try-it.tsx';

const route = getRouteApi('/endpoints/$name');
type Endpoint = Answer<'getEndpoint'>;

export function EndpointPage(): ReactNode {
  const { name } = route.useParams();
  const input = { params: { name } };
  const endpoint = useRoute('getEndpoint', input, { refetchInterval: 3_000 });
  return (
    <Page
      title={name}
      summary={endpoint.data?.definition.description}
      actions={
        <>
          <Teach route="getEndpoint" input={input} cli={`mulle status ${name}`} />
          {endpoint.data && <EndpointActions endpoint={endpoint.data} />}
        </>
      }
    >
      <QueryView query={endpoint}>{(data) => <EndpointBody endpoint={data} />}</QueryView>
    </Page>
  );
}

function EndpointActions({ endpoint: { definition, release } }: { endpoint: Endpoint }): ReactNode {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const open = (action: string | undefined): void =>
    void navigate({ search: action === undefined ? {} : { do: action }, replace: true });
  const live = release?.state === 'running' || release?.state === 'paused';
  return (
    <>
      {release && live && <ReleaseActions release={release} open={search.do} onOpen={open} />}
      {release && !live && (
        <Button tone="danger" onClick={() => open('back')}>
          {t('endpoint.back')}
        </Button>
      )}
      <Button tone="primary" onClick={() => open('deploy')}>
        {t('endpoint.deploy')}
      </Button>
      {search.do === 'deploy' && (
        <DeployDialog
          endpoint={definition.name}
          model={search.model}
          version={search.version}
          onClose={() => open(undefined)}
        />
      )}
      {search.do === 'back' && (
        <ChangeDialog
          route="rollbackEndpoint"
          title={t('endpoint.back')}
          explanation={t('endpoint.backExplain')}
          confirm={t('endpoint.back')}
          danger
          input={(reason) => ({ params: { name: definition.name }, body: { reason } })}
          cli={(reason) => `mulle rollback ${definition.name} --reason ${quoted(reason)}`}
          onClose={() => open(undefined)}
        />
      )}
    </>
  );
}

function EndpointBody({ endpoint }: { endpoint: Endpoint }): ReactNode {
  const { t } = useTranslation();
  const { definition, release } = endpoint;
  const challenger = release?.strategy.kind === 'canary' ? variantId(release.strategy.challenger) : undefined;
  return (
    <>
      <Section
        title={t('endpoint.release')}
        aside={
          release && (
            <Link to="/releases/$id" params={{ id: release.id }}>
              {release.id}
            </Link>
          )
        }
      >
        {release ? (
          <LiveRelease release={release} />
        ) : (
          <Empty
            title={t('endpoint.nothingDeployed')}
            command={`mulle deploy NAME@VERSION --endpoint ${definition.name}`}
          >
            {t('endpoint.nothingDeployedHint')}
          </Empty>
        )}
      </Section>
      <LiveStatus endpoint={definition.name} slo={definition.slo} challenger={challenger} />
      <TryIt key={definition.name} definition={definition} variants={release ? variantsOf(release) : []} />
      <Columns>
        <Definition endpoint={endpoint} />
        <Inputs definition={definition} />
      </Columns>
      <EarlierReleases endpoint={definition.name} />
    </>
  );
}

/** Everything that a release may answer with. */
function variantsOf({ strategy }: NonNullable<Endpoint['release']>): string[] {
  if (strategy.kind === 'single') return [variantId(strategy.variant)];
  const incumbent = incumbentOf(strategy);
  return [...(incumbent === null ? [] : [incumbent]), ...challengersOf(strategy)].map(variantId);
}

function LiveRelease({ release }: { release: NonNullable<Endpoint['release']> }): ReactNode {
  const { t } = useTranslation();
  const { language } = useFormat();
  const { strategy } = release;
  return (
    <>
      <p style={{ display: 'flex', flexWrap: 'wrap', gap: '4px 16px', marginBottom: 14 }}>
        <Status state={release.state} />
        {strategy.kind === 'canary' ? (
          <span>
            <VariantLink variant={strategy.incumbent} /> → <VariantLink variant={strategy.challenger} />
          </span>
        ) : (
          <VariantLink variant={promotedVariant(release)} />
        )}
        <span>{reasonText(release.reason, language)}</span>
        {strategy.kind === 'single' && <span>{t('release.single')}</span>}
      </p>
      <ReleaseSteps release={release} />
      <ReleaseEvidence release={release} />
    </>
  );
}

function Definition({ endpoint: { definition, incumbent } }: { endpoint: Endpoint }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Section title={t('endpoint.definition')}>
      <Facts
        items={[
          [
            t('endpoint.serving'),
            incumbent === null ? <None key="none" /> : <VariantIdLink key="serving" id={incumbent} />,
          ],
          [t('endpoint.featureService'), definition.featureService ?? <None key="service" />],
          [t('endpoint.timeout'), definition.timeout],
          [
            t('endpoint.fallback'),
            definition.fallback
              .map((fallback) =>
                fallback.kind === 'variant'
                  ? t('endpoint.fallbackKind.variant')
                  : fallback.kind === 'stale'
                    ? `${t('endpoint.fallbackKind.stale')} ≤ ${fallback.maxAge}`
                    : `${t('endpoint.fallbackKind.default')} ${format.brief(fallback.score)}`,
              )
              .join(' → '),
          ],
          [t('endpoint.recording'), t(`endpoint.recordingKind.${definition.recording ?? 'fast'}`)],
          [t('endpoint.hosts'), format.number(definition.hosts ?? 1)],
        ]}
      />
    </Section>
  );
}

function Inputs({ definition }: { definition: Endpoint['definition'] }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Section title={t('endpoint.inputs')}>
      <Facts
        items={definition.inputs.map(({ name, type, unit, minimum, maximum }) => [
          name,
          [
            type,
            unit,
            minimum === undefined && maximum === undefined
              ? undefined
              : `${minimum === undefined ? '' : format.number(minimum, 3)} … ${maximum === undefined ? '' : format.number(maximum, 3)}`,
          ]
            .filter((part) => part !== undefined)
            .join(' · '),
        ])}
      />
    </Section>
  );
}

function EarlierReleases({ endpoint }: { endpoint: string }): ReactNode {
  const { t } = useTranslation();
  const columns = useReleaseColumns().filter(({ id }) => id !== 'endpoint');
  const releases = useRoute('listReleases', { query: { endpoint, limit: 6 } });
  return (
    <Section
      title={t('endpoint.releases')}
      aside={
        <Link to="/releases" search={{ endpoint }}>
          {t('action.all')}
        </Link>
      }
    >
      <QueryView query={releases}>
        {({ items }) => (
          <DataTable
            caption={t('endpoint.releases')}
            name="releases"
            timeColumn="started"
            columns={columns}
            rows={items}
            rowKey={({ id }) => id}
          />
        )}
      </QueryView>
    </Section>
  );
}

import type { ModelVersion } from '@mulle/contract';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Button } from '../../parts/button.tsx';
import { Facts, Figures } from '../../parts/facts.tsx';
import { LineageGraph } from '../../parts/graph/lineage-graph.tsx';
import { Columns, Page, Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { Teach } from '../../parts/teach.tsx';
import { None, When } from '../../parts/when.tsx';
import { AliasDialog } from './alias-dialog.tsx';
import { AliasNames } from './aliases.tsx';
import { Approvals } from './approvals.tsx';
import { Requirements } from './requirements.tsx';
import { Signature } from './signature.tsx';
import { VersionHistory } from './version-history.tsx';

const route = getRouteApi('/models/$model/versions/$version');

export function VersionPage(): ReactNode {
  const { t } = useTranslation();
  const params = route.useParams();
  const { model } = params;
  const version = Number(params.version);
  const input = { params: { model, version } };
  const query = useRoute('getModelVersion', input);
  const endpoints = useRoute('listEndpoints', {});
  const [settingAlias, setSettingAlias] = useState(false);
  const navigate = useNavigate();
  const endpoint = endpoints.data?.items[0]?.definition.name;
  return (
    <Page
      title={`${model}@${params.version}`}
      summary={
        query.data && (
          <>
            <AliasNames names={query.data.aliases} />
            <When atMs={query.data.createdAtMs} />
            <span>{query.data.description}</span>
            <Link to="/models/$model" params={{ model }}>
              {t('model.card')}
            </Link>
          </>
        )
      }
      actions={
        <>
          <Teach route="getModelVersion" input={input} cli={`mulle models ${model}`} />
          <Button onClick={() => setSettingAlias(true)}>{t('model.setAlias')}</Button>
          {endpoint !== undefined && (
            <Button
              tone="primary"
              onClick={() =>
                void navigate({
                  to: '/endpoints/$name',
                  params: { name: endpoint },
                  search: { do: 'deploy', model, version: String(version) },
                })
              }
            >
              {t('endpoint.deploy')}
            </Button>
          )}
          {settingAlias && <AliasDialog model={model} version={version} onClose={() => setSettingAlias(false)} />}
        </>
      }
    >
      <QueryView query={query}>{(data) => <VersionBody version={data} />}</QueryView>
    </Page>
  );
}

function VersionBody({ version }: { version: ModelVersion }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const params = { model: version.model, version: version.version };
  const lineage = useRoute('getModelLineage', { params });
  const subject = `${version.model}@${version.version}`;
  return (
    <>
      <Figures items={Object.entries(version.metrics).map(([name, value]) => [name, format.metric(value)])} />
      <Section title={t('model.lineage')}>
        <QueryView query={lineage} rows={2}>
          {(graph) => <LineageGraph graph={graph} here={`model-version:${subject}`} />}
        </QueryView>
      </Section>
      <Columns>
        <div>
          <Requirements version={version} />
          <Approvals model={version.model} version={version.version} />
          <VersionHistory subject={subject} />
        </div>
        <div>
          <Signature version={version} />
          <MadeFrom version={version} />
        </div>
      </Columns>
    </>
  );
}

function MadeFrom({ version: { lineage, artifact, flavor, source } }: { version: ModelVersion }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const parameters = Object.entries(lineage.parameters).map(([name, value]) => [name, String(value)] as const);
  return (
    <>
      {parameters.length > 0 && (
        <Section title={t('model.parameters')} aside={parameters.length}>
          <Facts items={parameters} />
        </Section>
      )}
      <Section title={t('model.package')}>
        <Facts
          items={[
            [t('model.artifact'), <ShortId key="digest" id={artifact.digest} length={16} />],
            [t('column.size'), `${format.bytes(artifact.bytes)} · ${(flavor ?? artifact.format).toUpperCase()}`],
            ...(source === null ? [] : [[t('model.source'), source] as const]),
            [t('model.seed'), lineage.seed ?? <None key="seed" />],
            [
              t('model.code'),
              lineage.codeDigest === null ? (
                <None key="code" />
              ) : (
                <ShortId key="code" id={lineage.codeDigest} length={16} />
              ),
            ],
            [t('endpoint.featureService'), lineage.featureService ?? <None key="service" />],
            ...Object.entries(lineage.environment),
          ]}
        />
      </Section>
    </>
  );
}

import type { ModelVersion } from '@mulle/contract';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Button } from '../../parts/button.tsx';
import { Facts, Figures } from '../../parts/facts.tsx';
import { Columns, Page, Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { Teach } from '../../parts/teach.tsx';
import { None, When } from '../../parts/when.tsx';
import { AliasDialog } from './alias-dialog.tsx';
import { AliasNames } from './aliases.tsx';
import { Approvals } from './approvals.tsx';
import { LineageChain } from './lineage.tsx';

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
  const { lineage, artifact, features } = version;
  return (
    <>
      <Figures items={Object.entries(version.metrics).map(([name, value]) => [name, format.metric(value)])} />
      <Section title={t('model.lineage')}>
        <LineageChain version={version} />
      </Section>
      <Columns>
        <div>
          <Approvals model={version.model} version={version.version} />
          <Section title={t('model.features')} aside={features.length}>
            <p style={{ fontSize: 'var(--text-table)', columns: '180px 3' }}>
              {features.map((name) => (
                <span key={name} style={{ display: 'block' }}>
                  {name}
                </span>
              ))}
            </p>
          </Section>
        </div>
        <div>
          <Section title={t('model.parameters')}>
            <Facts
              items={[
                ...Object.entries(lineage.parameters).map(([name, value]) => [name, String(value)] as const),
                [t('model.seed'), lineage.seed ?? <None key="seed" />],
              ]}
            />
          </Section>
          <Section title={t('model.package')}>
            <Facts
              items={[
                [t('model.artifact'), <ShortId key="digest" id={artifact.digest} length={16} />],
                [t('column.size'), `${format.bytes(artifact.bytes)} · ${artifact.format.toUpperCase()}`],
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
        </div>
      </Columns>
    </>
  );
}

import type { Run } from '@mulle/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { control } from '../../api/control.ts';
import { useRoute } from '../../api/use-route.ts';
import { Facts } from '../../parts/facts.tsx';
import { LineageGraph } from '../../parts/graph/lineage-graph.tsx';
import { Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { None } from '../../parts/when.tsx';
import styles from './experiments.module.css';

/** Tags that tell where a run came from, MLflow's and the platform's own, with what they are called here. */
const origins = [
  ['mlflow.source.name', 'command'],
  ['mlflow.project.entryPoint', 'entryPoint'],
  ['mlflow.source.type', 'sourceType'],
  ['mlflow.source.git.repoURL', 'repository'],
  ['mlflow.source.git.branch', 'branch'],
  ['mlflow.source.git.commit', 'commit'],
  ['code.digest', 'code'],
  ['pipeline.run', 'pipelineRun'],
] as const;
const isInner = (name: string): boolean => name.startsWith('mlflow.') || origins.some(([tag]) => tag === name);

/** Who began a run, with which code and command, and what it is tagged with. */
export function RunOrigin({ run }: { run: Run }): ReactNode {
  const { t } = useTranslation();
  const tags = Object.entries(run.tags).filter(([name]) => !isInner(name));
  const known = origins.flatMap(([tag, name]) => {
    const value = run.tags[tag];
    return value === undefined
      ? []
      : [[t(`run.origin.${name}`), <Origin key={tag} name={name} value={value} />] as const];
  });
  return (
    <>
      <Section title={t('run.origin.title')}>
        <Facts
          items={[
            [t('column.by'), run.user || <None key="user" />],
            ...(run.stoppedBy === null ? [] : [[t('run.stoppedBy'), run.stoppedBy] as const]),
            ...known,
            ...(run.parentId === null
              ? []
              : [
                  [
                    t('run.parent'),
                    <Link key="parent" to="/runs/$id" params={{ id: run.parentId }}>
                      {run.parentId}
                    </Link>,
                  ] as const,
                ]),
            [
              t('column.cause'),
              run.causeId === null ? <None key="cause" /> : <ShortId key="cause" id={run.causeId} length={24} />,
            ],
          ]}
        />
      </Section>
      {tags.length > 0 && (
        <Section title={t('run.tags')} aside={tags.length}>
          <Facts items={tags} />
        </Section>
      )}
    </>
  );
}

function Origin({ name, value }: { name: (typeof origins)[number][1]; value: string }): ReactNode {
  if (name === 'commit' || name === 'code') return <ShortId id={value} />;
  if (name === 'command' || name === 'entryPoint') return <code>{value}</code>;
  if (name === 'pipelineRun')
    return (
      <Link to="/pipeline-runs/$id" params={{ id: value }}>
        {value}
      </Link>
    );
  return value;
}

/** What a run read and made: datasets as its client named them, models with their packages, and the graph of it all. */
export function RunInputs({ run }: { run: Run }): ReactNode {
  const { t } = useTranslation();
  const inputs = useRoute('getRunInputs', { params: { id: run.id } });
  const lineage = useRoute('getRunLineage', { params: { id: run.id } });
  const datasets = inputs.data?.datasets ?? [];
  const models = inputs.data?.outputModels ?? [];
  return (
    <>
      {datasets.length > 0 && (
        <Section title={t('run.datasets')}>
          <Facts
            items={datasets.map(({ name, digest, context, source }) => [
              context === null ? name : `${name} · ${context}`,
              <span key={digest}>
                <ShortId id={digest} /> {source.length > 200 ? `${source.slice(0, 200)}…` : source}
              </span>,
            ])}
          />
        </Section>
      )}
      {[...new Set(models.map(({ id }) => id))].slice(0, 1).map((id) => (
        <Packages key={id} modelId={id} />
      ))}
      <QueryView query={lineage} rows={2}>
        {(graph) =>
          graph.edges.length === 0 ? null : (
            <Section title={t('lineage.title')}>
              <LineageGraph graph={graph} here={`run:${run.id}`} />
            </Section>
          )
        }
      </QueryView>
    </>
  );
}

/** The file in which MLflow's clients name the packages that a model needs. */
const requirements = 'requirements.txt';

function Packages({ modelId }: { modelId: string }): ReactNode {
  const { t } = useTranslation();
  const params = { id: modelId };
  const files = useRoute('listModelArtifacts', { params }, { refetchInterval: false });
  const has = files.data?.items.some(({ path }) => path === requirements) === true;
  const text = useQuery({
    queryKey: ['getModelArtifact', modelId, requirements],
    queryFn: async ({ signal }) =>
      (await control().stream('getModelArtifact', { params, query: { path: requirements } }, { signal })).text(),
    enabled: has,
    refetchInterval: false,
  });
  const packages = (text.data ?? '').split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  if (packages.length === 0) return null;
  return (
    <Section title={t('run.packages')} aside={packages.length}>
      <ul className={styles['packages']}>
        {packages.map((each) => (
          <li key={each}>
            <code>{each}</code>
          </li>
        ))}
      </ul>
    </Section>
  );
}

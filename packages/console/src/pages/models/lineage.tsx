import type { ModelVersion } from '@mulle/contract';
import { Link } from '@tanstack/react-router';
import { ArrowRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../../api/use-route.ts';
import { ShortId } from '../../parts/short-id.tsx';
import { Status } from '../../parts/status.tsx';
import { None } from '../../parts/when.tsx';
import styles from './lineage.module.css';

/** Where a version comes from and where it serves: dataset version → run → version → endpoints. */
export function LineageChain({ version }: { version: ModelVersion }): ReactNode {
  const { t } = useTranslation();
  const { lineage } = version;
  return (
    <ol className={styles['chain']}>
      <Stage label={t('column.dataset')}>
        {lineage.datasetVersion ? (
          <>
            <Link to="/data/$name" params={{ name: lineage.datasetVersion.dataset }}>
              {lineage.datasetVersion.dataset}@{lineage.datasetVersion.version}
            </Link>
            <ShortId id={lineage.datasetVersion.id} />
          </>
        ) : (
          <None />
        )}
      </Stage>
      <Stage label={t('model.run')}>
        {lineage.runId === null ? (
          <None />
        ) : (
          <Link to="/runs/$id" params={{ id: lineage.runId }}>
            {lineage.runId}
          </Link>
        )}
      </Stage>
      <Stage label={t('column.version')}>
        <strong>
          {version.model}@{version.version}
        </strong>
        <ShortId id={version.artifact.digest} />
      </Stage>
      <Stage label={t('column.endpoint')}>
        <Serving version={version} />
      </Stage>
    </ol>
  );
}

function Stage({ label, children }: { label: string; children: ReactNode }): ReactNode {
  return (
    <li>
      <span className={styles['label']}>{label}</span>
      <div className={styles['stage']}>{children}</div>
      <ArrowRight size={16} aria-hidden />
    </li>
  );
}

/** The endpoints whose live release holds the version, and as what. */
function Serving({ version: { model, version } }: { version: ModelVersion }): ReactNode {
  const { t } = useTranslation();
  const endpoints = useRoute('listEndpoints', {});
  const id = `${model}@${version}`;
  const serving = (endpoints.data?.items ?? []).flatMap(({ definition, release, incumbent }) => {
    const challenges =
      release?.strategy.kind === 'canary' &&
      (release.state === 'running' || release.state === 'paused') &&
      release.strategy.challenger.kind === 'model' &&
      release.strategy.challenger.model === model &&
      release.strategy.challenger.version === version;
    if (!challenges && incumbent !== id) return [];
    return [{ name: definition.name, as: challenges ? ('challenger' as const) : ('incumbent' as const) }];
  });
  if (serving.length === 0) return <span className={styles['none']}>{t('model.notServing')}</span>;
  return serving.map(({ name, as }) => (
    <span key={name} className={styles['serving']}>
      <Link to="/endpoints/$name" params={{ name }}>
        {name}
      </Link>
      <Status state={as === 'challenger' ? 'running' : 'healthy'}>{t(`release.${as}`)}</Status>
    </span>
  ));
}

import type { Run } from '@mulle/contract';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../../api/use-route.ts';
import { Facts } from '../../parts/facts.tsx';
import { Markdown } from '../../parts/markdown.tsx';
import { Columns, Page, Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { Status } from '../../parts/status.tsx';
import { Teach } from '../../parts/teach.tsx';
import { Took, When } from '../../parts/when.tsx';
import { Artifacts } from './artifacts.tsx';
import styles from './experiments.module.css';
import { notesTag, RunActions } from './run-actions.tsx';
import { RunMetrics } from './run-metrics.tsx';
import { RunInputs, RunOrigin } from './run-origin.tsx';
import { useRunStream } from './use-run-stream.ts';

const route = getRouteApi('/runs/$id');

export function RunPage(): ReactNode {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const input = { params: { id } };
  const run = useRoute('getRun', input);
  const isRunning = run.data?.status === 'running' || run.data?.status === 'scheduled';
  const connection = useRunStream(id, isRunning);
  return (
    <Page
      title={run.data?.name || id}
      summary={
        run.data && (
          <>
            <Status state={run.data.status} />
            {isRunning && connection === 'live' && <span className={styles['live']}>{t('run.live')}</span>}
            <Link to="/experiments" search={{ experiment: run.data.experiment }}>
              {run.data.experiment}
            </Link>
            <ShortId id={id} length={24} />
            <Took fromMs={run.data.startedAtMs} toMs={run.data.endedAtMs} />
            <When atMs={run.data.startedAtMs} />
          </>
        )
      }
      actions={
        <>
          <Teach route="getRun" input={input} />
          {run.data && (
            <RunActions
              run={run.data}
              open={search.do}
              onOpen={(action) =>
                void navigate({ search: (before) => ({ ...before, do: action }), replace: true, resetScroll: false })
              }
            />
          )}
        </>
      }
    >
      <QueryView query={run}>{(data) => <RunBody run={data} />}</QueryView>
    </Page>
  );
}

function RunBody({ run }: { run: Run }): ReactNode {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const notes = run.tags[notesTag] ?? '';
  const parameters = Object.entries(run.parameters);
  return (
    <>
      {notes !== '' && (
        <section className={styles['note']} aria-label={t('run.notes')}>
          <Markdown text={notes} />
        </section>
      )}
      <RunMetrics run={run} />
      <Columns>
        <Section title={t('model.parameters')} aside={parameters.length}>
          {parameters.length === 0 ? (
            <p className={styles['soft']}>{t('run.noParameters')}</p>
          ) : (
            <Facts items={parameters} />
          )}
        </Section>
        <div>
          <RunOrigin run={run} />
        </div>
      </Columns>
      <RunInputs run={run} />
      <Section title={t('run.artifacts')}>
        <Artifacts
          runId={run.id}
          path={search.path ?? ''}
          file={search.file}
          onOpen={(place) =>
            void navigate({ search: (before) => ({ ...before, ...place }), replace: true, resetScroll: false })
          }
        />
      </Section>
    </>
  );
}

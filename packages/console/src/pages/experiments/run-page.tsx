import type { Run } from '@mulle/contract';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../../api/use-route.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { useFormat } from '../../format/use-format.ts';
import { Choice } from '../../parts/choice.tsx';
import { Facts, Figures } from '../../parts/facts.tsx';
import { Columns, Page, Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { Status } from '../../parts/status.tsx';
import { Teach } from '../../parts/teach.tsx';
import { None, Took, When } from '../../parts/when.tsx';

const route = getRouteApi('/runs/$id');

export function RunPage(): ReactNode {
  const { id } = route.useParams();
  const input = { params: { id } };
  const run = useRoute('getRun', input);
  return (
    <Page
      title={run.data?.name || id}
      summary={
        run.data && (
          <>
            <Status state={run.data.status} />
            <ShortId id={id} length={24} />
            <Took fromMs={run.data.startedAtMs} toMs={run.data.endedAtMs} />
            <When atMs={run.data.startedAtMs} />
          </>
        )
      }
      actions={<Teach route="getRun" input={input} />}
    >
      <QueryView query={run}>{(data) => <RunBody run={data} />}</QueryView>
    </Page>
  );
}

function RunBody({ run }: { run: Run }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { metric } = route.useSearch();
  const names = Object.keys(run.metrics);
  const shown = names.find((name) => name === metric) ?? names[0];
  return (
    <>
      <Figures items={Object.entries(run.metrics).map(([name, value]) => [name, format.metric(value)])} />
      {shown !== undefined && <MetricCurve runId={run.id} names={names} metric={shown} />}
      <Columns>
        <Section title={t('model.parameters')}>
          <Facts items={Object.entries(run.parameters)} />
        </Section>
        <Section title={t('release.record')}>
          <Facts
            items={[
              [t('experiment.experiment'), run.experiment],
              ...Object.entries(run.tags),
              [
                t('column.cause'),
                run.causeId === null ? <None key="cause" /> : <ShortId key="cause" id={run.causeId} length={24} />,
              ],
            ]}
          />
        </Section>
      </Columns>
    </>
  );
}

function MetricCurve({ runId, names, metric }: { runId: string; names: readonly string[]; metric: string }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = route.useNavigate();
  const history = useRoute('getMetric', { params: { id: runId, key: metric } });
  return (
    <Section
      title={t('experiment.curve')}
      aside={
        <Choice
          label={t('experiment.metric')}
          value={metric}
          options={names.map((name) => [name, name] as const)}
          onChange={(name) => void navigate({ search: { metric: name }, resetScroll: false })}
        />
      }
    >
      <QueryView query={history}>
        {({ points }) =>
          points.length < 2 ? (
            <p style={{ color: 'var(--ink-soft)' }}>{t('experiment.noCurve')}</p>
          ) : (
            <TimeChart
              label={metric}
              timeLabel={t('experiment.step')}
              steps
              times={points.map(({ step }) => step)}
              formatTime={(step) => format.number(step)}
              series={[{ label: metric, token: 'jjok', values: points.map(({ value }) => value) }]}
              formatValue={(value) => format.number(value, 4)}
            />
          )
        }
      </QueryView>
    </Section>
  );
}

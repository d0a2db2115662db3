import type { MonitorDefinition, MonitorWindow } from '@mulle/contract';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../../api/use-route.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { within } from '../../format/time-range.ts';
import { useTimeRange } from '../../format/use-time-range.ts';
import { useFormat } from '../../format/use-format.ts';
import { Empty } from '../../parts/empty.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Status } from '../../parts/status.tsx';
import { Teach } from '../../parts/teach.tsx';
import { Findings } from './findings.tsx';
import styles from './monitor-page.module.css';
import { thresholdOf } from './thresholds.ts';

const route = getRouteApi('/monitors/$name');
/** As many windows as one answer holds. */
const shownWindows = 500;

export function MonitorPage(): ReactNode {
  const { t } = useTranslation();
  const { name } = route.useParams();
  const { finding } = route.useSearch();
  const navigate = route.useNavigate();
  const input = { params: { name }, query: { limit: shownWindows } };
  const monitors = useRoute('listMonitors', {});
  const range = useTimeRange();
  const windows = useRoute('listMonitorWindows', input);
  const definition = monitors.data?.items.find((each) => each.definition.name === name)?.definition;
  return (
    <Page
      title={name}
      summary={
        definition && (
          <>
            <span>{t(`monitor.kind.${definition.kind}`)}</span>
            <Link to="/endpoints/$name" params={{ name: definition.endpoint }}>
              {definition.endpoint}
            </Link>
          </>
        )
      }
      actions={<Teach route="listMonitorWindows" input={input} />}
    >
      <QueryView query={windows}>
        {({ items }) =>
          items.length === 0 || definition === undefined ? (
            <Empty title={t('monitor.noWindows')}>{t('monitor.noWindowsHint')}</Empty>
          ) : (
            <WindowCharts
              definition={definition}
              windows={items.filter(({ createdAtMs }) => within(range, createdAtMs)).reverse()}
            />
          )
        }
      </QueryView>
      <Section title={t('finding.title')}>
        <Findings
          filters={{ monitor: name }}
          open={finding}
          onOpen={(id) => void navigate({ search: (before) => ({ ...before, finding: id }), resetScroll: false })}
        />
      </Section>
    </Page>
  );
}

interface WindowChartsProps {
  definition: MonitorDefinition;
  windows: readonly MonitorWindow[];
}

/** `distance.psi` is the PSI of the column `distance`; a value without a dot is of the whole window. */
const columnOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('.')));

/** The values of the windows over event time, column by column; what came nearest to its threshold stands first. */
function WindowCharts({ definition, windows }: WindowChartsProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const last = windows.at(-1)?.values ?? {};
  const names = [...new Set(windows.flatMap(({ values }) => Object.keys(values)))];
  const nearness = (name: string): number => {
    const threshold = thresholdOf(definition, name);
    return threshold === undefined ? 0 : (last[name] ?? 0) / threshold;
  };
  const columns = [...Map.groupBy(names, columnOf)]
    .map(([column, of]) => ({
      column,
      names: of.toSorted((a, b) => nearness(b) - nearness(a)),
      nearest: Math.max(...of.map(nearness)),
    }))
    .sort((a, b) => b.nearest - a.nearest);
  return columns.map(({ column, names: of, nearest }) => (
    <Section
      key={column}
      title={column === '' ? t('monitor.wholeWindow') : column}
      aside={
        nearest > 1 ? (
          <Status state="warning">{t('monitor.beyond')}</Status>
        ) : (
          t('monitor.windows', { count: windows.length, formatted: format.number(windows.length) })
        )
      }
    >
      <div className={styles['charts']}>
        {of.map((name) => (
          <ValueChart key={name} definition={definition} windows={windows} name={name} />
        ))}
      </div>
    </Section>
  ));
}

function ValueChart({ definition, windows, name }: WindowChartsProps & { name: string }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const threshold = thresholdOf(definition, name);
  const label = name.slice(name.lastIndexOf('.') + 1);
  return (
    <div>
      <h3>{label}</h3>
      <TimeChart
        label={name}
        timeLabel={t('monitor.windowEnd')}
        times={windows.map(({ toMs }) => toMs)}
        formatTime={(time) => format.eventTime(time)}
        series={[{ label, token: 'jjok', values: windows.map(({ values }) => values[name] ?? null) }]}
        limit={
          threshold === undefined
            ? undefined
            : { label: `${t('monitor.threshold')} ${format.metric(threshold)}`, value: threshold }
        }
        formatValue={(value) => format.number(value, 4)}
        height={150}
      />
    </div>
  );
}

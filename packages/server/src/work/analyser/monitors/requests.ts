import type { Decision, MonitorDefinition } from '@mulle/contract';
import {
  closeExtent,
  emptyExtent,
  extend,
  findingOf,
  nextEpisode,
  percent,
  windowOf,
  type ClosedWindow,
  type Episode,
  type Extent,
} from './monitor-window.ts';

export type RequestsMonitor = Extract<MonitorDefinition, { kind: 'requests' }>;

export interface RequestsState {
  kind: 'requests';
  extent: Extent;
  violating: number;
  /** Rows by column that was out of its range or categories. */
  columns: [column: string, rows: number][];
  episode: Episode | null;
  last: Extent | null;
}

const defaultWindowRows = 1_000;
const defaultMaxViolationRate = 0.01;
/** From this share of the rows on it is no stray caller but the traffic itself that is wrong. */
const criticalRate = 0.5;

export const emptyRequests = (): RequestsState => ({
  kind: 'requests',
  extent: emptyExtent(),
  violating: 0,
  columns: [],
  episode: null,
  last: null,
});

/** Counts a decision's violations; answers the window when this decision filled it. */
export function foldRequests(
  monitor: RequestsMonitor,
  state: RequestsState,
  decision: Decision,
  timeMs: number,
): ClosedWindow | null {
  extend(state.extent, decision.eventTimeMs);
  if (decision.violations.length > 0) state.violating += 1;
  for (const column of new Set(decision.violations)) {
    const entry = state.columns.find(([name]) => name === column);
    if (entry) entry[1] += 1;
    else state.columns.push([column, 1]);
  }
  return state.extent.rows < (monitor.windowRows ?? defaultWindowRows) ? null : close(monitor, state, timeMs);
}

function close(monitor: RequestsMonitor, state: RequestsState, timeMs: number): ClosedWindow {
  const extent = closeExtent(state.extent, state.last);
  const rate = state.violating / extent.rows;
  const maximum = monitor.maxViolationRate ?? defaultMaxViolationRate;
  const columns = state.columns.toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const severity = rate <= maximum ? null : rate >= criticalRate ? 'critical' : 'warning';
  const { episode, tell } = nextEpisode(state.episode, severity);
  const values = {
    violationRate: rate,
    ...Object.fromEntries(columns.map(([column, rows]) => [`${column}.violationRate`, rows / extent.rows])),
    episodeWindows: episode?.windows ?? 0,
  };
  const shares = columns.map(([column, rows]) => `${column} (${percent(rows / extent.rows)})`).join(', ');
  const findings =
    !tell || severity === null
      ? []
      : [
          findingOf(monitor, extent, {
            kind: 'request-validation',
            severity,
            subject: columns[0]?.[0] ?? '',
            statistics: {
              metric: 'violationRate',
              value: rate,
              threshold: maximum,
              columns: Object.fromEntries(columns),
              episodeWindows: episode?.windows ?? 1,
            },
            message: {
              en: `${percent(rate)} of the requests to "${monitor.endpoint}" hold values out of range or category (limit ${percent(maximum)}): ${shares}.`,
              ko: `"${monitor.endpoint}" 요청의 ${percent(rate)}에 범위나 범주를 벗어난 값이 있어요(한도 ${percent(maximum)}): ${shares}.`,
            },
            recommendation: {
              en: 'Ask the caller whether a unit, an encoding or a source has changed. Widen the declared range only if the values are right.',
              ko: '호출하는 쪽에서 단위, 인코딩, 데이터 출처가 바뀌었는지 확인해 주세요. 값이 올바를 때만 선언한 범위를 넓혀 주세요.',
            },
          }),
        ];
  Object.assign(state, emptyRequests(), { episode, last: extent });
  return { window: windowOf(monitor, extent, values, timeMs), findings };
}

/**
 * The wheel as people see it, read from nothing but the record: activities with the ids of their causes, and what
 * contends now. Pure; the same record always gives the same picture.
 *
 * A station is
 *   active    while a task, a pipeline run or a release of it is under way,
 *   waiting   when that waits for a person (a paused release),
 *   failed    when the last thing that happened there went wrong: a failed task or run, a challenger taken back, a
 *             quarantined window, a critical finding,
 *   healthy   when the last thing went well, idle when nothing has happened yet.
 *
 * Serving is as data processes tell: failed while a model host is down, or while no process answers though something
 * was released.
 */
import {
  stations,
  type Activity,
  type LocalisedText,
  type Release,
  type Station,
  type Wheel,
  reasonText,
} from '@mulle/contract';
import { numberIn, textIn } from './activity-graph.ts';
import { deriveTurns, stationOf } from './derive-turns.ts';

export interface WheelRecord {
  /** In the order of their writing. */
  readonly activities: readonly Activity[];
  /** Releases that are running or paused. */
  readonly contending: readonly Release[];
  /** What data processes tell of the last 60 s and of now; null where none answers. */
  readonly serving: { readonly requests: number; readonly hosts: number; readonly hostsDown: number } | null;
}

type StationState = Wheel['stations'][number]['state'];

const turnsShown = 20;

/** Ids of the starts that have no end yet. */
function openStarts(activities: readonly Activity[]): Activity[] {
  const ended = new Set(
    activities
      .filter(({ type }) => type === 'task-ended' || type === 'pipeline-run-ended')
      .map(({ causeId }) => causeId),
  );
  return activities.filter(
    ({ id, type }) => (type === 'task-started' || type === 'pipeline-run-started') && !ended.has(id),
  );
}

function wentWrong(activity: Activity): boolean {
  switch (activity.type) {
    case 'task-ended':
    case 'pipeline-run-ended':
      return textIn(activity, 'state') === 'failed';
    case 'finding-raised':
      return textIn(activity, 'severity') === 'critical';
    case 'release-rolled-back':
    case 'window-quarantined':
      return true;
    default:
      return false;
  }
}

function stateOf(
  station: Station,
  last: Activity | null,
  open: readonly Activity[],
  record: WheelRecord,
): StationState {
  if (station === 'release' && record.contending.length > 0)
    return record.contending.some((release) => release.state === 'paused') ? 'waiting' : 'active';
  if (open.some((activity) => stationOf(activity) === station)) return 'active';
  if (station === 'serving') return servingState(record);
  if (last === null) return 'idle';
  return wentWrong(last) ? 'failed' : 'healthy';
}

function servingState({ serving, activities }: WheelRecord): StationState {
  if (serving === null) return activities.some(({ type }) => type === 'release-promoted') ? 'failed' : 'idle';
  if (serving.hosts === 0) return 'idle';
  return serving.hostsDown > 0 ? 'failed' : 'healthy';
}

function shareOf(release: Release | undefined): number | null {
  if (release?.strategy.kind !== 'canary') return null;
  const weight = release.strategy.steps[release.step]?.weight;
  return weight === undefined ? null : weight * 100;
}

type Figure = { label: LocalisedText; value: number | null; unit: string };

/** One figure a station. */
function figureOf(station: Station, record: WheelRecord): Figure {
  const last = (fits: (activity: Activity) => boolean): Activity | null => record.activities.findLast(fits) ?? null;
  const of = (en: string, ko: string, value: number | null, unit = ''): Figure => ({ label: { en, ko }, value, unit });
  const count = (type: Activity['type']): number =>
    record.activities.filter((activity) => activity.type === type).length;
  switch (station) {
    case 'data': {
      const version = last(({ type }) => type === 'dataset-version-created');
      return of('Rows of the latest version', '최신 버전의 행 수', numberIn(version, 'rows'), 'rows');
    }
    case 'features': {
      const built = last(({ type, value }) => type === 'task-ended' && value['kind'] === 'build-features');
      return of('Rows of the last training set', '최근 학습 집합의 행 수', numberIn(built, 'outputs', 'rows'), 'rows');
    }
    case 'training':
      return of('Training runs', '학습 실행', count('run-started'), 'runs');
    case 'registry': {
      const version = last(({ type }) => type === 'model-version-created');
      return of('Latest version', '최신 버전', numberIn(version, 'version'));
    }
    case 'release':
      return of("Challenger's share", '도전자 비중', shareOf(record.contending[0]), '%');
    case 'serving':
      return of('Requests in the last minute', '최근 1분 요청', record.serving?.requests ?? null, 'requests');
    case 'monitoring':
      return of('Findings', '발견', count('finding-raised'), 'findings');
    case 'trigger':
      return of('Triggers fired', '트리거 실행', count('trigger-fired'), 'firings');
  }
}

function waitingFor(contending: readonly Release[]): Wheel['waiting'] {
  return contending
    .filter((release) => release.state === 'paused')
    .map((release) => ({
      kind: 'release-paused',
      subject: release.id,
      message: {
        en: `The release on ${release.endpoint} is paused: ${reasonText(release.reason, 'en')} Resume, promote or roll it back.`,
        ko: `${release.endpoint}의 릴리스가 일시 중지되었습니다: ${reasonText(release.reason, 'ko')} 재개, 승격 또는 롤백하세요.`,
      },
    }));
}

/** Stations, the last 20 turns (newest first) and what waits for a person. */
export function deriveWheel(record: WheelRecord): Wheel {
  const open = openStarts(record.activities);
  return {
    stations: stations.map((name) => {
      const lastEvent = record.activities.findLast((activity) => stationOf(activity) === name) ?? null;
      return { name, state: stateOf(name, lastEvent, open, record), lastEvent, figure: figureOf(name, record) };
    }),
    turns: deriveTurns(record.activities, turnsShown),
    waiting: waitingFor(record.contending),
  };
}

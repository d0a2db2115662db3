import type { Activity, LocalisedText, Station, Wheel } from '@mulle/contract';
import { chainsOf, messageIn, textIn } from './activity-graph.ts';

export type Turn = Wheel['turns'][number];
export type TurnStep = Turn['steps'][number];

const stationOfTask: Readonly<Record<string, Station>> = {
  ingest: 'data',
  validate: 'data',
  'build-features': 'features',
  train: 'training',
  evaluate: 'training',
  backtest: 'training',
  command: 'training',
  register: 'registry',
  release: 'release',
};

/** Where an activity belongs on the wheel. */
export function stationOf(activity: Activity): Station | null {
  switch (activity.type) {
    case 'finding-raised':
      return 'monitoring';
    case 'trigger-fired':
    case 'pipeline-run-started':
    case 'pipeline-run-ended':
      return 'trigger';
    case 'task-started':
    case 'task-ended':
      return stationOfTask[textIn(activity, 'kind') ?? ''] ?? 'training';
    case 'dataset-version-created':
    case 'window-quarantined':
      return 'data';
    case 'run-started':
    case 'run-ended':
      return 'training';
    case 'model-version-created':
    case 'alias-moved':
    case 'approval-given':
    case 'rule-set-version-created':
    case 'rule-set-published':
      return 'registry';
    case 'release-scheduled':
    case 'release-approved':
    case 'release-started':
    case 'release-stepped':
    case 'release-promoted':
    case 'release-rolled-back':
    case 'release-paused':
    case 'release-resumed':
    case 'release-superseded':
      return 'release';
    case 'host-exited':
    case 'host-restarted':
      return 'serving';
    case 'manifest-applied':
      return null;
  }
}

const releaseEnds: readonly string[] = ['release-promoted', 'release-rolled-back', 'release-superseded'];

/** The last activity of each release, by its id. */
function lastOfReleases(chain: readonly Activity[]): Map<string, Activity> {
  return new Map(
    chain.filter(({ type }) => type.startsWith('release-')).map((activity) => [activity.subject, activity]),
  );
}

/** Findings and firings are moments; task attempts and releases last from their start to their end. */
function stepOf(activity: Activity, chain: readonly Activity[]): TurnStep | undefined {
  const { type, subject, timeMs: startedAtMs } = activity;
  const station = stationOf(activity);
  if (station === null) return undefined;
  if (type === 'finding-raised' || type === 'trigger-fired')
    return { station, subject, state: type, startedAtMs, endedAtMs: startedAtMs };
  if (type === 'task-started') {
    const end = chain.find((other) => other.type === 'task-ended' && other.causeId === activity.id);
    const state = end ? (textIn(end, 'state') ?? 'succeeded') : 'running';
    return { station, subject, state, startedAtMs, endedAtMs: end?.timeMs ?? null };
  }
  if (type !== 'release-started') return undefined;
  const end = chain.find((other) => other.subject === subject && releaseEnds.includes(other.type));
  const last = end ?? lastOfReleases(chain).get(subject);
  const state = textIn(last ?? activity, 'state') ?? 'running';
  return { station, subject, state, startedAtMs, endedAtMs: end?.timeMs ?? null };
}

function resultOf(chain: readonly Activity[]): Turn['result'] {
  const count = (type: Activity['type']): number => chain.filter((activity) => activity.type === type).length;
  const releases = [...lastOfReleases(chain).values()];
  if (releases.some(({ type }) => type === 'release-paused')) return 'waiting';
  const open = releases.some(({ type }) => !releaseEnds.includes(type));
  if (open || count('pipeline-run-started') > count('pipeline-run-ended')) return 'running';
  if (count('release-rolled-back') > 0) return 'rolled-back';
  if (count('release-promoted') > 0) return 'promoted';
  const failed = chain.some(
    (activity) => activity.type === 'pipeline-run-ended' && activity.value['state'] !== 'succeeded',
  );
  return failed ? 'failed' : 'no-release';
}

function causeText(root: Activity): LocalisedText {
  const message = messageIn(root);
  if (message) return message;
  const by = textIn(root, 'startedBy') ?? textIn(root, 'actor') ?? '';
  switch (root.type) {
    case 'trigger-fired':
      return { en: `Trigger ${root.subject} fired`, ko: `트리거 ${root.subject} 실행` };
    case 'pipeline-run-started':
      return { en: `Pipeline started by ${by}`, ko: `${by}이(가) 파이프라인을 시작` };
    case 'release-started':
      return { en: `Release started by ${by}`, ko: `${by}이(가) 릴리스를 시작` };
    default:
      return { en: `${root.type} ${root.subject}`, ko: `${root.type} ${root.subject}` };
  }
}

/** Whether something turned: a pipeline ran or a release began. A finding that led to nothing is no turn. */
const turned = (chain: readonly Activity[]): boolean =>
  chain.some(({ type }) => type === 'pipeline-run-started' || type === 'release-started');

/** The last `limit` turns of the wheel, newest first, from activities in the order of their writing. */
export function deriveTurns(activities: readonly Activity[], limit: number): Turn[] {
  const turns: Turn[] = [];
  for (const [causeId, chain] of chainsOf(activities)) {
    const [first] = chain;
    const last = chain.at(-1);
    if (!first || !last || !turned(chain)) continue;
    const result = resultOf(chain);
    turns.push({
      causeId,
      cause: causeText(first),
      startedAtMs: first.timeMs,
      endedAtMs: result === 'running' || result === 'waiting' ? null : last.timeMs,
      result,
      steps: chain.map((activity) => stepOf(activity, chain)).filter((step) => step !== undefined),
    });
  }
  return turns.slice(-limit).reverse();
}

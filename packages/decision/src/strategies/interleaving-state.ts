import type { Strategy } from '@mulle/contract';
import type { ReleaseEvent } from '../release-events.ts';
import { clusterPlace, kpiTerm } from './kpi-sums.ts';

export type Interleaving = Extract<Strategy, { kind: 'interleaving' }>;

/** Users by hash: those of a bucket count as one. */
const buckets = 256;
/** Lists that may still earn: the newest of those that earned something. */
const openLists = 5_000;

/** What was placed and earned, by who placed it. */
export interface TeamTally {
  placed: number;
  credit: number;
}

/** What an interleaved ranking has seen: plain JSON. */
export interface InterleavingState {
  readonly kind: 'interleaving';
  readonly teams: { readonly incumbent: TeamTally; readonly challenger: TeamTally };
  /** Rows whose list the challenger did not rank. */
  unranked: number;
  /** By bucket of users: credit of the challenger − that of the incumbent, and of both together. */
  readonly difference: number[];
  readonly sum: number[];
  /** Lists of which the one, the other, or both alike earned more. */
  readonly lists: { won: number; lost: number; tied: number };
  /** Challenger − incumbent of the newest lists, oldest first. */
  readonly open: Record<string, number>;
}

const emptyTeam = (): TeamTally => ({ placed: 0, credit: 0 });

export function emptyInterleavingState(): InterleavingState {
  return {
    kind: 'interleaving',
    teams: { incumbent: emptyTeam(), challenger: emptyTeam() },
    unranked: 0,
    difference: Array.from({ length: buckets }, () => 0),
    sum: Array.from({ length: buckets }, () => 0),
    lists: { won: 0, lost: 0, tied: 0 },
    open: {},
  };
}

const outcomeOf = (difference: number): keyof InterleavingState['lists'] =>
  difference > 0 ? 'won' : difference < 0 ? 'lost' : 'tied';

/** Adds to the list that the row was in: the rows of one request share their unit and time. */
function creditList(state: InterleavingState, event: ReleaseEvent, credit: number): void {
  const key = `${event.unit}@${event.atMs}`;
  const before = state.open[key];
  if (before !== undefined) state.lists[outcomeOf(before)] -= 1;
  const after = (before ?? 0) + credit;
  state.lists[outcomeOf(after)] += 1;
  state.open[key] = after;
  if (before !== undefined || Object.keys(state.open).length <= openLists) return;
  for (const oldest in state.open) {
    delete state.open[oldest];
    return;
  }
}

/** Adds one event in place. Rows beyond the interleaved places are nobody's. */
export function foldInterleaving(
  strategy: Interleaving,
  state: InterleavingState,
  event: ReleaseEvent,
): InterleavingState {
  if (event.group === 'unranked' && event.kind === 'decision') state.unranked += 1;
  if (event.group !== 'incumbent' && event.group !== 'challenger') return state;
  const team = state.teams[event.group];
  if (event.kind === 'decision') {
    team.placed += 1;
    return state;
  }
  const credit = kpiTerm(strategy.credit, event)?.numerator ?? 0;
  if (credit === 0) return state;
  team.credit += credit;
  const signed = event.group === 'challenger' ? credit : -credit;
  const bucket = Math.floor(clusterPlace(event.unit) * buckets);
  state.difference[bucket] = (state.difference[bucket] ?? 0) + signed;
  state.sum[bucket] = (state.sum[bucket] ?? 0) + Math.abs(credit);
  creditList(state, event, signed);
  return state;
}

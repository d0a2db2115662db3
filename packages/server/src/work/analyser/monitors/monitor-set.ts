/**
 * The monitors of the applied manifest, each with the window that fills.
 *
 * A monitor whose definition, or what it takes from its endpoint, has changed begins anew; the others go on. Monitors
 * of one manifest are told apart by name.
 */
import { canonicalJson, type Decision, type Manifest, type MonitorDefinition } from '@mulle/contract';
import type { TrainingProfile } from '../../training-profile.ts';
import type { Labelled } from '../decision-join.ts';
import { isChampions } from './champion.ts';
import { compareWithTraining, emptyDrift, foldDrift, foldScores, type DriftState } from './drift.ts';
import type { ClosedWindow } from './monitor-window.ts';
import { emptyQuality, foldQuality, noteAnswer, type QualityState } from './quality.ts';
import { emptyRequests, foldRequests, type RequestsState } from './requests.ts';
import { labelledRow, watchedColumns, type WatchedColumn } from './watched-columns.ts';

type MonitorState = DriftState | QualityState | RequestsState;

/** Raised when a state's shape changes: states of an older shape begin anew. */
const stateRevision = 3;

interface Monitor {
  definition: MonitorDefinition;
  columns: WatchedColumn[];
  /** Of all that the state depends on. */
  identity: string;
  state: MonitorState;
}

/** Plain JSON. */
export type MonitorSnapshot = { identity: string; state: MonitorState }[];

function emptyState(definition: MonitorDefinition, columns: readonly WatchedColumn[]): MonitorState {
  switch (definition.kind) {
    case 'drift':
    case 'prediction-drift':
    case 'label-drift':
      return emptyDrift(columns);
    case 'quality':
      return emptyQuality();
    case 'requests':
      return emptyRequests();
  }
}

/** The outcome value that a monitor reads, if it reads one. */
const labelOf = (definition: MonitorDefinition): string | null =>
  definition.kind === 'quality' || definition.kind === 'label-drift' ? definition.label : null;

function foldDecisionInto(
  definition: MonitorDefinition,
  columns: readonly WatchedColumn[],
  state: MonitorState,
  decision: Decision,
  timeMs: number,
): ClosedWindow | null {
  if (state.kind === 'quality') noteAnswer(state, decision);
  if (definition.kind === 'requests' && state.kind === 'requests') {
    return foldRequests(definition, state, decision, timeMs);
  }
  if (state.kind !== 'drift') return null;
  if (definition.kind === 'drift') return foldDrift(definition, columns, state, decision, timeMs);
  return definition.kind === 'prediction-drift' ? foldScores(definition, columns, state, decision, timeMs) : null;
}

export class MonitorSet {
  #monitors: Monitor[] = [];
  /** States from before the restart, until the manifest is known. */
  #restored: MonitorSnapshot;

  constructor(snapshot: MonitorSnapshot = []) {
    this.#restored = snapshot;
  }

  define(manifest: Manifest | null): void {
    const states = new Map(this.snapshot().map(({ identity, state }) => [identity, state]));
    this.#restored = [];
    this.#monitors = (manifest?.monitors ?? []).map((definition) => {
      const endpoint = manifest?.endpoints.find(({ name }) => name === definition.endpoint);
      const columns =
        definition.kind === 'quality' || definition.kind === 'requests' ? [] : watchedColumns(definition, endpoint);
      const identity = canonicalJson({ definition, columns, stateRevision });
      const state = states.get(identity) ?? emptyState(definition, columns);
      return { definition, columns, identity, state };
    });
  }

  /** Outcome values that the endpoint's monitors need of each decision. */
  labelsOf(endpoint: string): string[] {
    return this.#monitors.flatMap(({ definition }) => {
      const label = definition.endpoint === endpoint ? labelOf(definition) : null;
      return label === null ? [] : [label];
    });
  }

  /** Whether inputs or features of an endpoint's decisions are compared with anything. */
  watchesDrift(endpoint: string): boolean {
    return this.#monitors.some(({ definition }) => definition.kind === 'drift' && definition.endpoint === endpoint);
  }

  /** `trainedOn`: what the version that gave the answer was trained on, null where nobody knows. */
  foldDecision(decision: Decision, timeMs: number, trainedOn: TrainingProfile | null = null): ClosedWindow[] {
    const closed: ClosedWindow[] = [];
    for (const { definition, columns, state } of this.#monitors) {
      if (definition.endpoint !== decision.endpoint) continue;
      if (trainedOn !== null && definition.kind === 'drift' && state.kind === 'drift') {
        const { servedVariant } = decision;
        const isNew = servedVariant !== null && servedVariant !== state.referenceVersion && isChampions(decision);
        if (isNew) compareWithTraining(columns, state, servedVariant, trainedOn);
      }
      const window = foldDecisionInto(definition, columns, state, decision, timeMs);
      if (window) closed.push(window);
    }
    return closed;
  }

  foldLabel({ decision, label, value }: Labelled, timeMs: number): ClosedWindow[] {
    const closed: ClosedWindow[] = [];
    if (value !== 0 && value !== 1) return closed;
    for (const { definition, columns, state } of this.#monitors) {
      if (definition.endpoint !== decision.endpoint || labelOf(definition) !== label) continue;
      const window =
        definition.kind === 'quality' && state.kind === 'quality'
          ? foldQuality(definition, state, decision, value, timeMs)
          : definition.kind === 'label-drift' && state.kind === 'drift'
            ? foldDrift(definition, columns, state, labelledRow(decision, value), timeMs)
            : null;
      if (window) closed.push(window);
    }
    return closed;
  }

  snapshot(): MonitorSnapshot {
    return [...this.#restored, ...this.#monitors.map(({ identity, state }) => ({ identity, state }))];
  }
}

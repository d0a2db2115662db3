import type { ReleaseEvent } from '../release-events.ts';
import { addToServiceTally, emptyServiceTally, type ServiceTally } from './service-tally.ts';

/** Plain JSON. */
export interface BlueGreenState {
  readonly kind: 'blue-green';
  readonly incumbent: ServiceTally;
  readonly preview: ServiceTally;
  readonly challenger: ServiceTally;
}

export function emptyBlueGreenState(): BlueGreenState {
  return {
    kind: 'blue-green',
    incumbent: emptyServiceTally(),
    preview: emptyServiceTally(),
    challenger: emptyServiceTally(),
  };
}

/** Adds one event in place. */
export function foldBlueGreen(state: BlueGreenState, event: ReleaseEvent): BlueGreenState {
  const { group } = event;
  if (event.kind === 'decision' && (group === 'incumbent' || group === 'preview' || group === 'challenger')) {
    addToServiceTally(state[group], event);
  }
  return state;
}

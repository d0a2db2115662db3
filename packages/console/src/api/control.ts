import { createControlClient, type ControlClient } from '@mulle/client';
import { readKey } from './session-key.ts';

/** A client of the control port that serves this page, with the key of this tab. One try: the query cache repeats. */
export function control(): ControlClient {
  return createControlClient({ url: location.origin, key: readKey(), tries: 1 });
}

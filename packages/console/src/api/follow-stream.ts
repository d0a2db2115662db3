import type { CallInput } from '@mulle/client';
import type { ApiRoutes, RouteName } from '@mulle/contract';
import { control } from './control.ts';
import { readServerSentEvents, type ServerSentEvent } from './server-sent-events.ts';

export type Connection = 'connecting' | 'live' | 'lost';

interface Follower {
  readonly onConnection: (connection: Connection) => void;
  readonly onEvent: (event: ServerSentEvent) => void;
}

/**
 * Follows a route of server-sent events until the signal aborts.
 *
 * States: connecting → live → lost → (after 1 s, doubling to 15 s) connecting …; `Last-Event-ID` resumes, so that
 * nothing between is missed.
 */
export async function followStream<N extends RouteName>(
  name: N,
  input: CallInput<ApiRoutes[N]>,
  signal: AbortSignal,
  { onConnection, onEvent }: Follower,
): Promise<void> {
  let lastId = '';
  for (let waitMs = 1_000; !signal.aborted; waitMs = Math.min(15_000, waitMs * 2)) {
    try {
      const headers: Record<string, string> = lastId === '' ? {} : { 'last-event-id': lastId };
      const response = await control().stream(name, input, { signal, headers });
      onConnection('live');
      for await (const event of readServerSentEvents(response)) {
        lastId = event.id;
        onEvent(event);
      }
      waitMs = 1_000;
    } catch {
      // The connection's state says it; what was asked for meanwhile shows its own error.
    }
    if (signal.aborted) return;
    onConnection('lost');
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    onConnection('connecting');
  }
}

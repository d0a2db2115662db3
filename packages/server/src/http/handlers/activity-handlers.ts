import type { ActivityService } from '#domains/activity/index.ts';
import { MulleError } from '#kernel/errors.ts';
import type { Handlers, ServerSentEvent } from '../handler.ts';

function resumePoint(header: string | string[] | undefined): number | undefined {
  if (header === undefined || header === '') return undefined;
  const sequence = Number(header);
  if (Number.isSafeInteger(sequence) && sequence >= 0) return sequence;
  throw new MulleError(
    'invalid_argument',
    'Last-Event-ID is not the id of an event of this stream. Send it as it came.',
  );
}

export function activityHandlers(activity: ActivityService): Pick<Handlers, 'listActivity' | 'streamActivity'> {
  async function* events(after: number | undefined, signal: AbortSignal): AsyncGenerator<ServerSentEvent> {
    for await (const step of activity.stream(after, signal)) {
      yield { event: 'activity', id: String(step.sequence), data: step.activity };
    }
  }
  return {
    listActivity: ({ query }) => activity.list(query),
    streamActivity: async ({ headers, signal }) => events(resumePoint(headers['last-event-id']), signal),
  };
}

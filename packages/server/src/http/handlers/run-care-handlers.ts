import type { RunOrganiser, RunsService } from '#domains/experiments/index.ts';
import type { Handlers, ServerSentEvent } from '../handler.ts';

type RunCareHandlers = Pick<
  Handlers,
  'updateRun' | 'stopRun' | 'deleteRun' | 'restoreRun' | 'purgeRun' | 'purgeExperiment' | 'streamRun'
>;

/** Runs as people watch them and put them in order. */
export function runCareHandlers(runs: RunsService, organiser: RunOrganiser): RunCareHandlers {
  async function* events(
    id: string,
    afterId: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<ServerSentEvent> {
    const { position } = runs.feed;
    const news = await runs.follow(id, afterId ?? position, signal);
    if (afterId === undefined) yield { event: 'run', id: position, data: await runs.getRun(id) };
    for await (const heard of news) {
      if (heard.kind === 'points') {
        const points = heard.points.map((point) => ({
          ...point,
          value: Number.isFinite(point.value) ? point.value : null,
        }));
        yield { event: 'metrics', id: heard.id, data: { points } };
        continue;
      }
      if (heard.kind === 'missed') yield { event: 'missed', id: heard.id, data: {} };
      if (!(await runs.runExists(id))) return;
      yield { event: 'run', id: heard.id, data: await runs.getRun(id) };
    }
  }
  return {
    updateRun: ({ actor, params, body }) => organiser.edit(actor, params.id, body),
    stopRun: ({ actor, params, body }) => organiser.stop(actor, params.id, body.reason),
    async deleteRun({ actor, params }) {
      await runs.setStage(actor, params.id, 'deleted');
      return {};
    },
    async restoreRun({ actor, params }) {
      await runs.setStage(actor, params.id, 'active');
      return {};
    },
    async purgeRun({ actor, params }) {
      await organiser.purgeRun(actor, params.id);
      return {};
    },
    async purgeExperiment({ actor, params }) {
      await organiser.purgeExperiment(actor, params.id);
      return {};
    },
    async streamRun({ params, headers, signal }) {
      await runs.getRun(params.id);
      const last = headers['last-event-id'];
      return events(params.id, typeof last === 'string' && last !== '' ? last : undefined, signal);
    },
  };
}

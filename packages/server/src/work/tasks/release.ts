import { ApiError } from '@mulle/client';
import { reasonText, type Release } from '@mulle/contract';
import { sleep } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import type { TaskContext, TaskOptions, TaskRunner } from '../task-context.ts';

const askEveryMs = 1_000;
const ended = new Set<Release['state']>(['promoted', 'rolled-back', 'superseded']);

async function untilEnded(context: TaskContext, id: string): Promise<Release> {
  for (;;) {
    const release = await context.control.call('getRelease', { params: { id } });
    if (ended.has(release.state)) return release;
    await sleep(askEveryMs, context.signal);
  }
}

/** Deploys; while another version is being tried, waits for its end. */
async function deploy(context: TaskContext, options: TaskOptions<'release'>): Promise<Release> {
  const { leased, control } = context;
  const body = {
    model: options.model,
    version: Number(options.version),
    reason: `pipeline ${leased.pipeline}, run ${leased.runId}`,
    causeId: leased.causeId,
    ...(options.policy === undefined ? {} : { policy: options.policy }),
  };
  for (let waits = 0; ; waits++) {
    try {
      return await control.call('deploy', { params: { name: options.endpoint }, body });
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'conflict')) throw error;
      if (waits === 0) context.log(`waiting: ${error.message}`);
      await sleep(askEveryMs, context.signal);
    }
  }
}

/**
 * Releases a version by the endpoint's policy. With `wait` the task ends with the release; a rollback is a result of
 * the gates and fails the task with `gate_rejected`, so that nothing after it takes the version for good.
 */
export const runRelease: TaskRunner<'release'> = async (context, options) => {
  const started = await deploy(context, options);
  context.log(
    `release ${started.id}: ${started.strategy.kind} of ${options.model}@${options.version}, ${started.state}`,
  );
  if (options.wait !== true) return { releaseId: started.id, state: started.state };
  const release = await untilEnded(context, started.id);
  context.log(`release ${release.id}: ${release.state}: ${reasonText(release.reason, 'en')}`);
  if (release.state === 'rolled-back') throw new MulleError('gate_rejected', reasonText(release.reason, 'en'));
  return { releaseId: release.id, state: release.state };
};

import type { ControlClient } from '@mulle/client';
import type { PipelineRun } from '@mulle/contract';

const askEveryMs = 500;

/** Starts a pipeline and waits for its end; `onTask` hears of each task that begins or ends. */
export async function runPipeline(
  control: ControlClient,
  name: string,
  parameters: Record<string, string | number | boolean>,
  onTask: (task: string, state: string, seconds: number) => void = () => undefined,
): Promise<PipelineRun> {
  const started = await control.call('startPipeline', { params: { name }, body: { parameters, startedBy: 'demo' } });
  const told = new Map<string, string>();
  for (;;) {
    const run = await control.call('getPipelineRun', { params: { id: started.id } });
    for (const task of run.tasks) {
      if (told.get(task.name) === task.state) continue;
      told.set(task.name, task.state);
      const seconds = task.startedAtMs === null ? 0 : ((task.endedAtMs ?? Date.now()) - task.startedAtMs) / 1_000;
      onTask(task.name, task.state, seconds);
    }
    if (run.state !== 'running') return run;
    await new Promise((resolve) => setTimeout(resolve, askEveryMs));
  }
}

/** An output of a task; throws with the run's first error where the run failed. */
export function output(run: PipelineRun, task: string, name: string): string {
  const failed = run.tasks.find((one) => one.error !== null);
  const value = run.tasks.find((one) => one.name === task)?.outputs[name];
  if (run.state === 'succeeded' && (typeof value === 'string' || typeof value === 'number')) return String(value);
  throw new Error(
    `Pipeline ${run.pipeline} ${run.state}: ${failed ? `${failed.name}: ${failed.error?.message}` : `no output ${task}.${name}`}`,
  );
}

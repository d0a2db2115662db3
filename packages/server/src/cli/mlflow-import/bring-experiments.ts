/**
 * An import, experiment by experiment. Runs, logged models and traces keep their ids, experiments are known by their
 * names. Whatever stops it, the next one goes on: what was brought whole is passed over, the rest is told again.
 */
import { Type } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { bringRegistry } from './bring-models.ts';
import { bringLoggedModel, bringRun } from './bring-runs.ts';
import { bringTraces } from './bring-traces.ts';
import type { ImportTarget } from './import-target.ts';
import type { ImportSource } from './import-source.ts';
import { ExperimentMessage } from './messages.ts';
import { isAbsent } from './wire.ts';

const api = '/api/2.0/mlflow';
const runsAtOnce = 4;
const Found = Type.Object({ experiment: ExperimentMessage });
const Made = Type.Object({ experiment_id: Type.String() });

export interface ImportWishes {
  /** Only experiments of these names; all when empty. */
  readonly experiments: readonly string[];
  /** The experiment of the target that all runs go to, in place of those of the same names. */
  readonly into?: string | undefined;
  readonly onProgress: (line: string) => void;
}

export async function bringAll(target: ImportTarget, source: ImportSource, wishes: ImportWishes): Promise<void> {
  const wanted = new Set(wishes.experiments);
  const found: ExperimentMessage[] = [];
  for await (const experiment of source.experiments()) found.push(experiment);
  const unknown = wishes.experiments.find((name) => !found.some((experiment) => experiment.name === name));
  if (unknown !== undefined) throw new MulleError('not_found', `${source.name} has no experiment ${unknown}.`);
  for (const experiment of found) {
    if (wanted.size > 0 && !wanted.has(experiment.name)) continue;
    const named =
      wishes.into === undefined ? experiment : { ...experiment, name: wishes.into, lifecycle_stage: 'active' };
    await target.tally.count('experiments', `experiment ${experiment.name}`, () =>
      bringExperiment(target, source, named, wishes.onProgress),
    );
  }
  if (wanted.size === 0) await bringRegistry(target, source);
}

async function bringExperiment(
  target: ImportTarget,
  source: ImportSource,
  experiment: ExperimentMessage,
  onProgress: ImportWishes['onProgress'],
): Promise<'brought' | 'there'> {
  const { wire, tally } = target;
  const there = await experimentThere(target, experiment.name);
  const id = there?.experiment_id ?? (await makeExperiment(target, experiment));
  const from = experiment.experiment_id;
  const before = { ...tally.counts.runs };
  await atOnce(runsAtOnce, source.runs(from), (run) =>
    tally.count('runs', `run ${run.info.run_id}`, () => bringRun(target, source, run, id)),
  );
  await atOnce(runsAtOnce, source.loggedModels(from), (model) =>
    tally.count('loggedModels', `model ${model.info.model_id}`, () => bringLoggedModel(target, source, model, id)),
  );
  await bringTraces(target, source, from, id);
  const isGone = experiment.lifecycle_stage === 'deleted' && there?.lifecycle_stage !== 'deleted';
  if (isGone) await wire.send(`${api}/experiments/delete`, { experiment_id: id });
  const { brought, there: known } = tally.counts.runs;
  onProgress(`${experiment.name}: ${brought - before.brought} runs brought, ${known - before.there} there already`);
  return there ? 'there' : 'brought';
}

async function experimentThere({ wire }: ImportTarget, name: string): Promise<ExperimentMessage | undefined> {
  try {
    return (await wire.get(`${api}/experiments/get-by-name`, { experiment_name: name }, Found)).experiment;
  } catch (thrown) {
    if (isAbsent(thrown)) return undefined;
    throw thrown;
  }
}

async function makeExperiment({ wire, tally }: ImportTarget, { name, tags = [] }: ExperimentMessage): Promise<string> {
  tally.sent.tags += tags.length;
  return (await wire.post(`${api}/experiments/create`, { name, tags }, Made)).experiment_id;
}

/** Works on some items at once; the first failure ends it when the others in hand are done. */
async function atOnce<T>(count: number, items: AsyncIterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const running = new Set<Promise<void>>();
  for await (const item of items) {
    const one = work(item).finally(() => running.delete(one));
    running.add(one);
    if (running.size >= count) await Promise.race(running);
  }
  await Promise.all(running);
}

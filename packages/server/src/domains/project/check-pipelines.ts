import { durationMs, type Manifest, type PipelineDefinition, type Task, type TriggerDefinition } from '@mulle/contract';
import { Cron } from 'croner';
import { templateReferences } from '#domains/pipelines/index.ts';
import { byName } from './check-data.ts';
import { checkFeatureColumns, checkPolicy } from './check-serving.ts';
import type { Problems } from './problems.ts';

/** Every task that must have succeeded before a task starts. Follows `dependsOn` to the end, cycles included. */
function ancestors(task: Task, tasks: ReadonlyMap<string, Task>): Set<string> {
  const found = new Set<string>();
  const open = [...(task.dependsOn ?? [])];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    open.push(...(tasks.get(name)?.dependsOn ?? []));
  }
  return found;
}

function checkTemplates(
  path: string,
  text: unknown,
  pipeline: PipelineDefinition,
  before: Set<string>,
  problems: Problems,
) {
  const references = templateReferences(text);
  for (const unreadable of references.unreadable)
    problems.add(path, `'${unreadable}' is no template. Write \${parameters.NAME} or \${tasks.TASK.OUTPUT}.`);
  for (const name of references.parameters)
    problems.refers(path, 'parameter', name, Object.keys(pipeline.parameters ?? {}));
  for (const { task: name } of references.outputs) {
    if (before.has(name)) continue;
    problems.add(path, `It reads the outputs of '${name}', which is not among the tasks it depends on.`);
  }
}

function checkReferences(path: string, task: Task, manifest: Manifest, problems: Problems): void {
  const refers = (option: string, kind: string, name: string | undefined, items: readonly { name: string }[]): void => {
    if (name === undefined) return;
    problems.refers(
      `${path}/with/${option}`,
      kind,
      name,
      items.map((item) => item.name),
    );
  };
  switch (task.kind) {
    case 'ingest':
      refers('dataset', 'dataset', task.with.dataset, manifest.datasets);
      refers('source', 'source', task.with.source, manifest.sources);
      return;
    case 'validate':
      refers('dataset', 'dataset', task.with.dataset, manifest.datasets);
      return;
    case 'build-features': {
      refers('dataset', 'dataset', task.with.dataset, manifest.datasets);
      refers('featureService', 'feature service', task.with.featureService, manifest.featureServices);
      const dataset = byName(manifest.datasets).get(task.with.dataset);
      const service = byName(manifest.featureServices).get(task.with.featureService);
      if (dataset) refers('label', 'field', task.with.label, dataset.fields);
      if (dataset && service)
        checkFeatureColumns(`${path}/with/featureService`, service, dataset.fields, manifest, problems);
      return;
    }
    case 'register':
      refers('dataset', 'dataset', task.with.dataset, manifest.datasets);
      refers('featureService', 'feature service', task.with.featureService, manifest.featureServices);
      return;
    case 'release':
      refers('endpoint', 'endpoint', task.with.endpoint, manifest.endpoints);
      if (task.with.policy) checkPolicy(`${path}/with/policy`, task.with.policy, manifest, problems);
      return;
    case 'backtest':
      refers('endpoint', 'endpoint', task.with.endpoint, manifest.endpoints);
      return;
    case 'batch':
      if (task.with.input.kind === 'dataset') refers('input', 'dataset', task.with.input.dataset, manifest.datasets);
      return;
    case 'train':
    case 'evaluate':
    case 'command':
  }
}

function checkPipeline(pipeline: PipelineDefinition, manifest: Manifest, problems: Problems): void {
  const tasks = byName(pipeline.tasks);
  problems.unique(
    `pipelines/${pipeline.name}/tasks`,
    pipeline.tasks.map((task) => task.name),
  );
  for (const task of pipeline.tasks) {
    const path = `pipelines/${pipeline.name}/tasks/${task.name}`;
    for (const name of task.dependsOn ?? []) problems.refers(`${path}/dependsOn`, 'task', name, tasks.keys());
    const before = ancestors(task, tasks);
    if (before.has(task.name)) problems.add(`${path}/dependsOn`, 'It depends on itself, through a cycle.');
    if (task.timeout !== undefined && durationMs(task.timeout) === 0)
      problems.add(`${path}/timeout`, 'A timeout must be longer than 0.');
    checkTemplates(`${path}/with`, task.with, pipeline, before, problems);
    checkTemplates(`${path}/when`, task.when, pipeline, before, problems);
    checkReferences(path, task, manifest, problems);
  }
}

/** What is wrong with a cron expression or its time zone; undefined when nothing is. */
function cronProblem(cron: string, timeZone: string | undefined): string | undefined {
  try {
    const job = new Cron(cron, { paused: true, ...(timeZone === undefined ? {} : { timezone: timeZone }) });
    return job.nextRun() === null ? `'${cron}' is never due.` : undefined;
  } catch (thrown) {
    return `'${cron}' cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}

function checkTrigger(trigger: TriggerDefinition, manifest: Manifest, problems: Problems): void {
  const path = `triggers/${trigger.name}`;
  const pipelines = byName(manifest.pipelines);
  if (problems.refers(`${path}/pipeline`, 'pipeline', trigger.pipeline, pipelines.keys())) {
    const declared = pipelines.get(trigger.pipeline)?.parameters ?? {};
    for (const [name, value] of Object.entries(trigger.parameters ?? {})) {
      const place = `${path}/parameters/${name}`;
      if (!problems.refers(place, 'parameter', name, Object.keys(declared))) continue;
      if (typeof value !== typeof declared[name]) problems.add(place, `It must be a ${typeof declared[name]}.`);
    }
  }
  const { on } = trigger;
  if (on.kind === 'cron') {
    const problem = cronProblem(on.cron, on.timeZone);
    if (problem !== undefined) problems.add(`${path}/on/cron`, problem);
  } else if (on.kind === 'event-time') {
    problems.refers(`${path}/on/endpoint`, 'endpoint', on.endpoint, byName(manifest.endpoints).keys());
    if (durationMs(on.every) === 0) problems.add(`${path}/on/every`, 'It must be longer than 0.');
  } else {
    // A validation raises its findings in the name of the dataset and its check, as in `flights.schema`.
    const checks = manifest.datasets.flatMap(({ name, checks: all }) => all.map(({ kind }) => `${name}.${kind}`));
    const known = new Set([...manifest.monitors.map(({ name }) => name), ...checks]);
    problems.refers(`${path}/on/monitor`, 'monitor or dataset check', on.monitor, known);
  }
}

/** Pipelines: an acyclic graph whose templates refer to what is there by then. Triggers: what they start and on what. */
export function checkPipelines(manifest: Manifest, problems: Problems): void {
  for (const pipeline of manifest.pipelines) checkPipeline(pipeline, manifest, problems);
  for (const trigger of manifest.triggers) checkTrigger(trigger, manifest, problems);
}

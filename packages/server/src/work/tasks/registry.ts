import type { TaskKind, TaskRunner } from '../task-context.ts';

type Loaders = { readonly [K in TaskKind]: () => Promise<TaskRunner<K>> };

/** Every task kind and where its code is; loaded when a task of the kind starts. */
export const taskRunners: Loaders = {
  ingest: async () => (await import('./ingest.ts')).runIngest,
  validate: async () => (await import('./validate.ts')).runValidate,
  'build-features': async () => (await import('./build-features.ts')).runBuildFeatures,
  train: async () => (await import('./train.ts')).runTrain,
  evaluate: async () => (await import('./evaluate.ts')).runEvaluate,
  register: async () => (await import('./register.ts')).runRegister,
  release: async () => (await import('./release.ts')).runRelease,
  backtest: async () => (await import('./backtest.ts')).runBacktest,
  batch: async () => (await import('./batch.ts')).runBatchTask,
  command: async () => (await import('./command.ts')).runCommand,
};

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { report, rounded, type BenchmarkResult } from '../benchmark.ts';
import { benchPython } from '../python-environment.ts';
import { writeDataset } from './dataset.ts';

const execute = promisify(execFile);
const mulleChild = fileURLToPath(new URL('./train-mulle.ts', import.meta.url));
const sklearnChild = fileURLToPath(new URL('./train_sklearn.py', import.meta.url));

const shape = { trainRows: 1_000_000, testRows: 200_000, features: 12 };
const seed = 20010131;
const rounds = 3;
const targets = { wallRatio: 2, aucDifference: 0.002 };

/** Equal settings in both programs' words. */
const ours = { iterations: 100, maxDepth: 6, learningRate: 0.1, l2: 0, minSamplesLeaf: 20, maxBins: 255 };
const theirs = {
  max_iter: 100,
  max_depth: 6,
  max_leaf_nodes: null,
  learning_rate: 0.1,
  l2_regularization: 0,
  min_samples_leaf: 20,
  max_bins: 255,
  early_stopping: false,
  random_state: 1,
};

interface Training {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly auc: number;
  readonly sha256: string;
}

/** Trains on the same rows with one thread, with two, and with scikit-learn, in turns; the best of each counts. */
export async function run(): Promise<BenchmarkResult> {
  const python = await benchPython();
  const folder = await mkdtemp(join(tmpdir(), 'mulle-bench-gbdt-'));
  try {
    const path = join(folder, 'rows.f32');
    await writeDataset(path, shape, seed);
    const sizes = [path, String(shape.trainRows), String(shape.features)];
    const mulle = (threads: number): Promise<Training> =>
      train(process.execPath, [mulleChild, ...sizes, String(threads), JSON.stringify(ours)]);
    const sklearn = (): Promise<Training> => train(python, [sklearnChild, ...sizes, JSON.stringify(theirs)]);
    const one: Training[] = [];
    const two: Training[] = [];
    const reference: Training[] = [];
    for (let round = 1; round <= rounds; round++) {
      for (const [name, into, start] of [
        ['mulle, 1 thread', one, () => mulle(1)],
        ['mulle, 2 threads', two, () => mulle(2)],
        ['scikit-learn, 2 threads', reference, sklearn],
      ] as const) {
        const training = await start();
        into.push(training);
        report(`round ${round}: ${name} ${(training.wallMs / 1000).toFixed(2)} s, AUC ${training.auc.toFixed(5)}`);
      }
    }
    return summary(best(one), best(two), best(reference), [...one, ...two]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function summary(one: Training, two: Training, reference: Training, all: readonly Training[]): BenchmarkResult {
  const wallRatio = two.wallMs / reference.wallMs;
  const aucDifference = two.auc - reference.auc;
  const sameBytes = new Set(all.map(({ sha256 }) => sha256)).size === 1;
  return {
    ok: wallRatio <= targets.wallRatio && Math.abs(aucDifference) <= targets.aucDifference && sameBytes,
    figures: {
      wallRatio: rounded(wallRatio),
      cpuRatio: rounded(two.cpuMs / reference.cpuMs),
      wallMsOneThread: rounded(one.wallMs),
      wallMsTwoThreads: rounded(two.wallMs),
      wallMsScikitLearn: rounded(reference.wallMs),
      cpuMsTwoThreads: rounded(two.cpuMs),
      cpuMsScikitLearn: rounded(reference.cpuMs),
      auc: two.auc,
      aucScikitLearn: reference.auc,
      aucDifference: rounded(aucDifference),
      sameBytes,
      rounds,
      seed,
    },
    probes: { cores: availableParallelism(), loadAverage: rounded(loadavg()[0] ?? 0), node: process.version },
  };
}

function best(trainings: readonly Training[]): Training {
  return trainings.reduce((fastest, training) => (training.wallMs < fastest.wallMs ? training : fastest));
}

async function train(program: string, args: readonly string[]): Promise<Training> {
  const { stdout } = await execute(program, args, { env: { ...process.env, OMP_NUM_THREADS: '2' } });
  const training: unknown = JSON.parse(stdout);
  if (!isTraining(training)) throw new Error(`${program} printed ${stdout}`);
  return training;
}

function isTraining(value: unknown): value is Training {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['wallMs', 'cpuMs', 'auc'].every((key) => typeof Reflect.get(value, key) === 'number') &&
    typeof Reflect.get(value, 'sha256') === 'string'
  );
}

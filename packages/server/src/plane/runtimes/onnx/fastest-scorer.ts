import { readFile } from 'node:fs/promises';
import { monotonicMs } from '#kernel/clock.ts';
import { probeRows } from '../trees/probe-rows.ts';
import type { TreeEnsemble } from '../trees/tree-ensemble.ts';
import { TreeScorer } from '../trees/tree-scorer.ts';
import type { OnnxSession, Scorer } from './onnx-session.ts';

/** Larger models stay with ONNX Runtime: reading the trees out of them would hold up the start. */
const largestBytes = 4 * 1024 * 1024;
const probes = 256;
const seed = 1;
/** Batches that are timed, the largest first since ONNX Runtime gains with size and trees do not. */
const timedRows = [256, 16, 1] as const;
const timings = 5;

/**
 * What scores a loaded model fastest: ONNX Runtime, or for tree ensembles an evaluation of our own, for batches up to the
 * size where it is faster here. It must give the answers of ONNX Runtime, which stays the reference, on rows made to
 * tell them apart.
 */
export async function fastestScorer(path: string, session: OnnxSession): Promise<Scorer> {
  try {
    return (await treeScorer(path, session)) ?? session;
  } catch (thrown) {
    // A fault of ours must keep no model from being served.
    process.stderr.write(`ONNX Runtime serves a model whose trees cannot be read: ${String(thrown)}\n`);
    return session;
  }
}

async function treeScorer(path: string, session: OnnxSession): Promise<Scorer | undefined> {
  const ensemble = await treesOf(path, session);
  if (ensemble === undefined) return undefined;
  const trees = new TreeScorer(ensemble);
  const values = probeRows(ensemble, probes, seed);
  if (!(await agree(session, trees, values, ensemble.transform))) {
    process.stderr.write('ONNX Runtime serves a model whose trees give other answers than it does.\n');
    return undefined;
  }
  const rowLimit = await fasterUpTo(session, trees, values);
  return { score: (rows, ...rest) => (rows <= rowLimit ? trees : session).score(rows, ...rest) };
}

async function treesOf(path: string, { columns, output }: OnnxSession): Promise<TreeEnsemble | undefined> {
  const bytes = await readFile(path);
  if (bytes.length > largestBytes || !bytes.includes('TreeEnsemble')) return undefined;
  const { readTreeEnsemble } = await import('./read-tree-ensemble.ts');
  return readTreeEnsemble(bytes, columns, output);
}

/** Sums must be equal to the bit; of probabilities, whose exponential is another, the last digit of float32 may differ. */
async function agree(
  session: OnnxSession,
  trees: TreeScorer,
  values: Float32Array,
  transform: TreeEnsemble['transform'],
): Promise<boolean> {
  const expected = new Float32Array(probes);
  const actual = new Float32Array(probes);
  await session.score(probes, values, expected);
  trees.score(probes, values, actual);
  const tolerance = transform === 'logistic' ? 2 ** -23 : 0;
  return expected.every((score, row) => {
    const own = actual[row] ?? Number.NaN;
    return Object.is(score, own) || Math.abs(score - own) <= tolerance;
  });
}

/** The largest batch for which trees are faster, 0 if there is none. */
async function fasterUpTo(session: OnnxSession, trees: TreeScorer, values: Float32Array): Promise<number> {
  const scores = new Float32Array(probes);
  for (const rows of timedRows) {
    const batch = values.subarray(0, (values.length / probes) * rows);
    const isFaster = (await leastMs(trees, rows, batch, scores)) < (await leastMs(session, rows, batch, scores));
    if (isFaster) return rows === timedRows[0] ? Infinity : rows;
  }
  return 0;
}

async function leastMs(scorer: Scorer, rows: number, values: Float32Array, scores: Float32Array): Promise<number> {
  let least = Infinity;
  for (let timing = 0; timing < timings; timing++) {
    const beganMs = monotonicMs();
    await scorer.score(rows, values, scores);
    least = Math.min(least, monotonicMs() - beganMs);
  }
  return least;
}

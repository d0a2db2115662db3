import type { ServableRuleSet, SnapshotEndpoint } from '../../packages/contract/src/index.ts';
import { numberEndpoint } from '../../packages/server/src/plane/testing/plane-fixture.ts';
import { report } from '../benchmark.ts';
import { cpuSeconds, runLoad, startServing, type ServingSetup } from '../inference/serving-setup.ts';
import { featureNames, inferBodies } from '../inference/tree-model.ts';

const rounds = 5;
const secondsPerRound = 3;
const bodies = inferBodies(7, 512);
const [first = ''] = featureNames;
const explanation = { en: 'For the benchmark.', ko: '측정용이에요.' };

/** Rules that are asked of every request and, as most are, rarely fire. */
function ruleSet(name: string, effect: 'decide' | 'override'): ServableRuleSet {
  const rules = [0, 1, 2].map((index) => ({
    name: `rule-${index}`,
    when: `input.${first} > ${1_000 + index}.0 && input.${first} != 0.0`,
    effect: { kind: effect, score: 0.5 } as const,
    explanation,
  }));
  return { id: `rules:${name}@1`, version: '1', definition: { name, rules, tests: [] } };
}

/** Rules before and after, a canary of two versions, and every fallback, all at once. */
function fullEndpoint(digest: string): SnapshotEndpoint {
  const versions = [1, 2].map((version) => ({ version, digest }));
  const variant = (version: number) => ({ kind: 'model', model: 'm', version }) as const;
  const fallback = [{ kind: 'variant' }, { kind: 'stale', maxAge: '1h' }, { kind: 'default', score: 0.5 }] as const;
  const release: NonNullable<SnapshotEndpoint['release']> = {
    id: 'release-1',
    strategy: {
      kind: 'canary',
      incumbent: variant(1),
      challenger: variant(2),
      steps: [{ weight: 0.2, minSeconds: 0, minSamples: 1 }],
      gates: [{ metric: 'error-rate', max: 0.01 }],
      maxSeconds: 600,
      whenInconclusive: 'pause',
    },
  };
  const endpoint = numberEndpoint(featureNames.length, versions, { fallback: [...fallback] }, release);
  return { ...endpoint, rules: { before: ruleSet('before', 'decide'), after: ruleSet('after', 'override') } };
}

async function cpuUs(setup: ServingSetup): Promise<number> {
  const { port, headers } = setup;
  const processes = await setup.pids();
  const before = await cpuSeconds(processes);
  const plan = { port, path: '/v2/models/e/infer', headers, bodies, connections: 64 };
  const { requests, errors } = await runLoad({ ...plan, phases: [{ seconds: secondsPerRound, ratePerSecond: null }] });
  if (errors > 0) throw new Error(`${errors} requests failed.`);
  return (((await cpuSeconds(processes)) - before) * 1e6) / requests;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** CPU of a request with rules before and after, canary and fallbacks on, against the same without; rounds interleaved. */
export async function pathRatio(): Promise<Record<string, number>> {
  const plain = await startServing();
  const full = await startServing([], fullEndpoint);
  try {
    await cpuUs(plain);
    await cpuUs(full);
    const pairs: [number, number][] = [];
    for (let round = 0; round < rounds; round += 1) {
      const pair: [number, number] = [await cpuUs(plain), await cpuUs(full)];
      pairs.push(pair);
      report(`path: plain ${pair[0].toFixed(1)} µs, full ${pair[1].toFixed(1)} µs a request`);
    }
    return {
      'path plain µs': median(pairs.map(([plainUs]) => plainUs)),
      'path full µs': median(pairs.map(([, fullUs]) => fullUs)),
      'path full ÷ plain': median(pairs.map(([plainUs, fullUs]) => fullUs / plainUs)),
    };
  } finally {
    await plain.stop();
    await full.stop();
  }
}

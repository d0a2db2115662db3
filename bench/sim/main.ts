import { contextualGain, offPolicy, regrets } from './bandits.ts';
import { engineFaults, engineTrials } from './engine.ts';
import { coverage, cupedReduction, falseDiscoveryRate, power } from './experiments.ts';
import { boundedMeanError, looks, sequentialTError, typeOneError } from './peeking.ts';
import { abTestError, canaryErrors } from './releases.ts';
import type { Figure } from './study.ts';

// npm run sim [-- --quick]: the last line of stdout is one JSON object; exit code 0 if and only if its `ok` is true.

const quick = process.argv.includes('--quick');
const seed = 20_261_125;
const runs = (full: number, reduced: number): number => (quick ? reduced : full);

async function main(): Promise<number> {
  const aa = runs(5_000, 600);
  const figures: Record<string, Figure> = {};
  const note = (found: Record<string, Figure>): void => {
    Object.assign(figures, found);
    for (const [name, figure] of Object.entries(found)) process.stderr.write(`${name} ${JSON.stringify(figure)}\n`);
  };
  for (const [name, look] of Object.entries(looks)) note({ [`type I ${name}`]: typeOneError(look, aa, seed) });
  note({ 'type I sequential-t': sequentialTError(aa, seed + 1) });
  note({ 'type I empirical-bernstein': boundedMeanError(aa, seed + 2) });
  note({ 'type I ab-test': abTestError(runs(5_000, 150), seed + 3) });
  note({ 'coverage ratio': coverage(runs(5_000, 300), seed + 4) });
  note({ power: power(runs(10_000, 1_000), seed + 5) });
  note({ 'false discovery rate': falseDiscoveryRate(runs(3_000, 300), seed + 6) });
  note({ 'cuped reduction': cupedReduction(runs(1_000, 100), seed + 7) });
  note(regrets(runs(100, 10), seed + 8));
  note({ 'contextual gain': contextualGain(runs(100, 10), seed + 11) });
  note(offPolicy(runs(5_000, 400), seed + 12));
  note(canaryErrors(runs(1_000, 100), seed + 13));
  // Quick runs leave the platform itself to the end-to-end suites.
  if (!quick) {
    note(await engineTrials(6, seed + 14));
    note(await engineFaults(100, seed + 15));
  }
  const ok = Object.values(figures).every((figure) => figure.ok);
  process.stdout.write(`${JSON.stringify({ sim: quick ? 'quick' : 'full', ok, figures })}\n`);
  return ok ? 0 : 1;
}

process.exitCode = await main();

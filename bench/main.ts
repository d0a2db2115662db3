import { readdir, stat } from 'node:fs/promises';
import type { Benchmark } from './benchmark.ts';

// npm run bench -- NAME: the last line of stdout is one JSON object; exit code 0 if and only if its `ok` is true.

const root = import.meta.dirname;

function benchPath(name: string): string {
  return `${root}/${name}/${name}.bench.ts`;
}

async function benchmarkNames(): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(root, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const file = await stat(benchPath(entry.name)).catch(() => null);
    if (file?.isFile() === true) names.push(entry.name);
  }
  return names.sort();
}

function isBenchmark(module: unknown): module is Benchmark {
  return typeof module === 'object' && module !== null && 'run' in module && typeof module.run === 'function';
}

async function main(name: string | undefined): Promise<number> {
  const names = await benchmarkNames();
  if (name === undefined || !names.includes(name)) {
    process.stderr.write(
      `${name === undefined ? 'Name a benchmark' : `No benchmark '${name}'`}: ${names.join(', ')}.\n`,
    );
    return 2;
  }
  const module: unknown = await import(benchPath(name));
  if (!isBenchmark(module)) throw new Error(`${benchPath(name)} exports no function run().`);
  const { ok, figures, probes } = await module.run();
  process.stdout.write(`${JSON.stringify({ bench: name, ok, figures, probes })}\n`);
  return ok ? 0 : 1;
}

process.exitCode = await main(process.argv[2]);

/** What a benchmark says: whether its targets were reached, the figures, and what the machine could do meanwhile. */
export interface BenchmarkResult {
  readonly ok: boolean;
  readonly figures: Readonly<Record<string, number | string | boolean>>;
  readonly probes: Readonly<Record<string, number | string>>;
}

/** Each `bench/NAME/NAME.bench.ts` exports `run`. */
export interface Benchmark {
  run(): Promise<BenchmarkResult>;
}

/** One line of progress, on stderr: stdout is for the result. */
export function report(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Figures are read by people, too: four significant digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

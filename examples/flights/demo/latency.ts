/** Latencies kept whole: a demo's run is short enough to rank every one of them. */
export class Latencies {
  readonly #ms: number[] = [];

  add(ms: number): void {
    this.#ms.push(ms);
  }

  /** Nearest-rank quantiles in ms. */
  summary(): { p50Ms: number; p95Ms: number; p99Ms: number; p999Ms: number } {
    const sorted = Float64Array.from(this.#ms).toSorted();
    const at = (share: number): number =>
      sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
    const round = (ms: number): number => Math.round(ms * 100) / 100;
    return { p50Ms: round(at(0.5)), p95Ms: round(at(0.95)), p99Ms: round(at(0.99)), p999Ms: round(at(0.999)) };
  }
}

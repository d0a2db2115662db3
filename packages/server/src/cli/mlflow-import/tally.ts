/** What was brought over, counted. */
import { MulleError } from '#kernel/errors.ts';

export interface Counts {
  /** At the source. */
  found: number;
  brought: number;
  /** Since before. */
  there: number;
  failed: number;
}

export interface Problem {
  readonly what: string;
  readonly message: string;
}

const none = (): Counts => ({ found: 0, brought: 0, there: 0, failed: 0 });

export class Tally {
  readonly counts = {
    experiments: none(),
    runs: none(),
    loggedModels: none(),
    models: none(),
    versions: none(),
    aliases: none(),
    traces: none(),
  };
  /** What was sent of the things that were brought. */
  readonly sent = {
    parameters: 0,
    tags: 0,
    metricPoints: 0,
    datasets: 0,
    files: 0,
    fileBytes: 0,
    spans: 0,
    assessments: 0,
  };
  readonly problems: Problem[] = [];

  /**
   * Does the work for one thing found at the source, which says what became of it; its failure is counted and told.
   * Where a server is away all work ends.
   */
  async count(kind: keyof Tally['counts'], what: string, work: () => Promise<'brought' | 'there'>): Promise<void> {
    const counts = this.counts[kind];
    counts.found++;
    try {
      counts[await work()]++;
    } catch (thrown) {
      if (thrown instanceof MulleError && thrown.retryable) throw thrown;
      counts.failed++;
      this.problems.push({ what, message: thrown instanceof Error ? thrown.message : String(thrown) });
    }
  }
}

import { variantId, type Release, type Strategy } from '@mulle/contract';
import { strategyModule } from '../registry.ts';
import type { Wanted } from '../release-events.ts';
import type { Choice, ReleaseConclusion, ReleaseFold } from '../strategy.ts';

/** A strategy played as control, data and work would: assigned by hash, folded event by event. */
export class Play {
  readonly #module;
  readonly #releaseId: string;
  readonly strategy: Strategy;
  state: ReleaseFold;
  step = 0;

  constructor(strategy: Strategy, releaseId: string) {
    this.strategy = strategy;
    this.#module = strategyModule(strategy.kind);
    this.#releaseId = releaseId;
    this.state = this.#module.initial(strategy);
  }

  choose(unit: string, preview: string | null = null): Choice {
    const compiled = this.#module.compile({ strategy: this.strategy, state: 'running', step: this.step });
    const request = { releaseId: this.#releaseId, unit, requestId: unit, preview };
    return this.#module.choose(compiled, compiled.weights, request);
  }

  /** An answered request, and what became of it. */
  observe(
    unit: string,
    choice: Pick<Choice, 'group' | 'propensity'>,
    {
      values,
      fields = {},
      failed = false,
      latencyMs = 10,
    }: {
      values?: Record<string, number>;
      fields?: Record<string, unknown>;
      failed?: boolean;
      latencyMs?: number;
    } = {},
  ): void {
    const { group, propensity } = choice;
    const common = { group, propensity, unit, fields, source: 'variant', score: 0.5 } as const;
    const decision = { ...common, kind: 'decision', failed, latencyMs, atMs: 0 } as const;
    this.state = this.#module.fold(this.strategy, this.state, decision);
    if (values) this.state = this.#module.fold(this.strategy, this.state, { ...common, kind: 'outcome', values });
  }

  static wanted(strategy: Strategy): Wanted {
    return strategyModule(strategy.kind).wanted(strategy);
  }

  conclude(nowMs = 0, state: Release['state'] = 'running'): ReleaseConclusion {
    const release = { strategy: this.strategy, state, step: this.step, stepStartedAtMs: 0 };
    return this.#module.conclude(release, this.state, nowMs);
  }
}

export const version = (number: number) => ({ kind: 'model', model: 'm', version: number }) as const;

export const idOf = (number: number): string => variantId(version(number));

import { variantId, type Allocation, type Release, type Strategy } from '@mulle/contract';
import { strategyModule } from '../registry.ts';
import type { ReleaseEvent, Wanted } from '../release-events.ts';
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

  /** What the last dial said, where the strategy learns. */
  allocation: Allocation | null = null;

  choose(unit: string, preview: string | null = null, context: Record<string, number> = {}): Choice {
    const { strategy, step, allocation } = this;
    const compiled = this.#module.compile({ strategy, state: 'running', step, allocation });
    const request = {
      releaseId: this.#releaseId,
      unit,
      requestId: unit,
      preview,
      model: allocation?.model,
      numberAt: (field: string) => context[field] ?? Number.NaN,
    };
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
      atMs = 0,
    }: {
      values?: Record<string, number>;
      fields?: Record<string, unknown>;
      failed?: boolean;
      latencyMs?: number;
      atMs?: number;
    } = {},
  ): void {
    const { group, propensity } = choice;
    const common = { group, propensity, unit, fields, source: 'variant', score: 0.5, atMs } as const;
    const decision = { ...common, kind: 'decision', failed, latencyMs } as const;
    this.fold(decision);
    if (values) this.fold({ ...common, kind: 'outcome', values });
  }

  fold(event: ReleaseEvent): void {
    this.state = this.#module.fold(this.strategy, this.state, event);
  }

  static wanted(strategy: Strategy): Wanted {
    return strategyModule(strategy.kind).wanted(strategy);
  }

  conclude(nowMs = 0, state: Release['state'] = 'running'): ReleaseConclusion {
    const release = { strategy: this.strategy, state, step: this.step, stepStartedAtMs: 0 };
    const conclusion = this.#module.conclude(release, this.state, nowMs);
    this.allocation = conclusion.allocation ?? this.allocation;
    return conclusion;
  }
}

export const version = (number: number) => ({ kind: 'model', model: 'm', version: number }) as const;

export const idOf = (number: number): string => variantId(version(number));

/**
 * Everything that is folded from decisions and outcomes, and how far it has been folded.
 *
 * Windows that closed wait in the outbox. They may be told control only when a checkpoint holds them, for then a
 * restart can neither lose them nor make others of the same events; control records a window that it is told twice
 * once. So each event counts in exactly one window, whatever crashes and however the journals of several writers were
 * interleaved.
 */
import type { ConsumerPositions } from '#platform/events/index.ts';
import type { TrainingProfile } from '../training-profile.ts';
import type { DecodedEvent } from './decoded-events.ts';
import { DecisionJoin, type JoinSnapshot, type Labelled } from './decision-join.ts';
import type { ClosedWindow } from './monitors/monitor-window.ts';
import { MonitorSet, type MonitorSnapshot } from './monitors/monitor-set.ts';
import { KpiTotals, type KpiTotalsSnapshot } from './kpi-totals.ts';
import { ReleaseAnalysis, type ReleaseSnapshot } from './release-analysis.ts';
import { RuleHitCounts, type RuleHitsSnapshot } from './rule-hits.ts';
import { Watermarks } from './watermarks.ts';

/** Plain JSON. */
export interface AnalysisSnapshot {
  positions: ConsumerPositions;
  join: JoinSnapshot;
  releases: ReleaseSnapshot;
  monitors: MonitorSnapshot;
  watermarks: [string, number][];
  /** Absent from checkpoints written before rules were counted. */
  rules?: RuleHitsSnapshot;
  /** Absent from checkpoints written before KPIs were measured. */
  kpis?: KpiTotalsSnapshot;
  outbox: ClosedWindow[];
}

export class Analysis {
  readonly join: DecisionJoin;
  readonly releases: ReleaseAnalysis;
  readonly monitors: MonitorSet;
  readonly watermarks: Watermarks;
  readonly rules: RuleHitCounts;
  readonly kpis: KpiTotals;
  #positions: ConsumerPositions;
  readonly #outbox: ClosedWindow[];
  /** The first so many of the outbox are in a checkpoint. */
  #durable: number;

  constructor(snapshot?: AnalysisSnapshot) {
    this.join = new DecisionJoin(snapshot?.join);
    this.releases = new ReleaseAnalysis(snapshot?.releases);
    this.monitors = new MonitorSet(snapshot?.monitors);
    this.watermarks = new Watermarks(snapshot?.watermarks);
    this.rules = new RuleHitCounts(snapshot?.rules);
    this.kpis = new KpiTotals(snapshot?.kpis);
    this.#positions = snapshot?.positions ?? {};
    this.#outbox = snapshot?.outbox ?? [];
    this.#durable = this.#outbox.length;
  }

  get positions(): ConsumerPositions {
    return this.#positions;
  }

  /** Windows that wait to be told. */
  get waiting(): number {
    return this.#outbox.length;
  }

  /** Windows that wait for a checkpoint. */
  get undurable(): number {
    return this.#outbox.length - this.#durable;
  }

  /** Folds events up to `positions`. Releases and training of their decisions must be known. */
  fold(
    events: readonly DecodedEvent[],
    positions: ConsumerPositions,
    trainedOn: (variant: string) => TrainingProfile | null = () => null,
  ): void {
    for (const event of events) {
      if (event.kind === 'decision') this.#foldDecision(event, trainedOn);
      else if (event.kind === 'outcome') this.#foldOutcome(event);
      else this.#foldShadow(event);
    }
    this.#positions = positions;
  }

  snapshot(): AnalysisSnapshot {
    return {
      positions: this.#positions,
      join: this.join.snapshot(),
      releases: this.releases.snapshot(),
      monitors: this.monitors.snapshot(),
      watermarks: this.watermarks.snapshot(),
      rules: this.rules.snapshot(),
      kpis: this.kpis.snapshot(),
      outbox: this.#outbox,
    };
  }

  /** The snapshot of now is durable. */
  markDurable(): void {
    this.#durable = this.#outbox.length;
  }

  /** Windows that may be told, oldest first. */
  tellable(limit: number): ClosedWindow[] {
    return this.#outbox.slice(0, Math.min(limit, this.#durable));
  }

  /** The first `count` windows of the outbox were told. */
  markTold(count: number): void {
    this.#outbox.splice(0, count);
    this.#durable -= count;
  }

  #foldDecision(
    { id, timeMs, decision }: Extract<DecodedEvent, { kind: 'decision' }>,
    trainedOn: (variant: string) => TrainingProfile | null,
  ): void {
    this.releases.foldDecision(decision);
    this.rules.foldDecision(decision, timeMs);
    this.kpis.foldDecision(decision);
    const { servedVariant } = decision;
    const profile = servedVariant === null ? null : trainedOn(servedVariant);
    // What a client answered on its own side says nothing of requests, latency or scores here.
    if (decision.source !== 'client') this.#outbox.push(...this.monitors.foldDecision(decision, timeMs, profile));
    const release = this.releases.wantedOf(decision);
    const kpis = this.kpis.wantedOf(decision.endpoint);
    const labels = this.monitors.labelsOf(decision.endpoint);
    const wanted = {
      outcomes: [...new Set([...labels, ...release.outcomes, ...kpis.outcomes])],
      fields: [...new Set([...release.fields, ...kpis.fields])],
    };
    for (const labelled of this.join.addDecision(id, decision, wanted, timeMs)) this.#foldLabel(labelled, timeMs);
  }

  #foldOutcome({ timeMs, outcome }: Extract<DecodedEvent, { kind: 'outcome' }>): void {
    this.watermarks.observe(outcome.endpoint, outcome.eventTimeMs, timeMs);
    if (outcome.decisionId === null) return;
    for (const labelled of this.join.addOutcome(outcome.decisionId, outcome.values)) this.#foldLabel(labelled, timeMs);
  }

  #foldShadow({ id, answer }: Extract<DecodedEvent, { kind: 'shadow' }>): void {
    this.releases.foldShadow(answer);
    this.join.addShadow(id, answer.score);
  }

  #foldLabel(labelled: Labelled, timeMs: number): void {
    this.releases.foldLabel(labelled);
    this.kpis.foldLabel(labelled);
    this.#outbox.push(...this.monitors.foldLabel(labelled, timeMs));
  }
}

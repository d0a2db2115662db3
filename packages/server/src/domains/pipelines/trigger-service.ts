/**
 * What starts pipelines by itself. A trigger fires on
 *
 *   a finding     of its monitor, at least as severe as it says; once for each finding,
 *   event time    each time the watermark of its endpoint's outcomes is `offset` past a multiple of `every`; several
 *                 passed at once are one firing, and the first watermark ever seen only marks where it stands,
 *   cron          each due time that work tells of.
 *
 * Each finding, boundary and due time is met at most once, also over restarts: what was met is written with what it
 * started. Where the pipeline may not start, because a run is unfinished or the trigger's cooldown runs, a boundary or
 * due time is over; a finding is not: its monitor tells of it again as long as it lasts. A skip is no failure: the
 * unfinished run's log tells of it.
 */
import {
  durationMs,
  type AppliedManifest,
  type Finding,
  type PipelineDefinition,
  type Severity,
  type TriggerDefinition,
} from '@mulle/contract';
import type { AccessTables } from '#domains/access/index.ts';
import type { ActivityService, ActivityTables } from '#domains/activity/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import type { Database, Transaction } from '#platform/database/index.ts';
import { appendLog } from './log-store.ts';
import type { PipelineService } from './pipeline-service.ts';
import type { PipelineTables } from './pipeline-tables.ts';
import {
  advanceWatermark,
  readTriggerState,
  readTriggerStates,
  writeTriggerState,
  type TriggerState,
} from './trigger-store.ts';

type Tables = PipelineTables & ActivityTables & AccessTables;

const severities: readonly Severity[] = ['info', 'warning', 'critical'];

export interface TriggerServiceOptions {
  readonly database: Database<Tables>;
  readonly activity: ActivityService;
  readonly pipelines: PipelineService;
  readonly manifest: () => AppliedManifest | null;
}

/** What made a trigger fire, for its event; `causeId` is the finding's. */
interface Occasion {
  readonly causeId: string | null;
  readonly value: Readonly<Record<string, unknown>>;
}

export class TriggerService {
  readonly #options: TriggerServiceOptions;

  constructor(options: TriggerServiceOptions) {
    this.#options = options;
  }

  /** Triggers of the applied manifest and when they last fired. */
  async list(): Promise<{ definition: TriggerDefinition; lastFiredAtMs: number | null }[]> {
    const states = await readTriggerStates(this.#options.database.kysely);
    return this.#triggers().map((definition) => ({
      definition,
      lastFiredAtMs: states.get(definition.name)?.firedAtMs ?? null,
    }));
  }

  /** Fires what waits for this finding, in the transaction that records it. Names of the triggers that fired. */
  async onFinding(trx: Transaction<Tables>, finding: Finding): Promise<string[]> {
    const fired: string[] = [];
    for (const trigger of this.#triggers()) {
      const { on } = trigger;
      if (on.kind !== 'finding' || on.monitor !== finding.monitor) continue;
      if (severities.indexOf(finding.severity) < severities.indexOf(on.severity)) continue;
      const state = await readTriggerState(trx, trigger.name);
      if (state.findingId === finding.id) continue;
      const { kind, severity, subject } = finding;
      const occasion = { causeId: finding.id, value: { findingId: finding.id, kind, severity, subject } };
      const runId = await this.#fire(trx, trigger, state, occasion);
      if (runId === null) continue;
      await writeTriggerState(trx, { ...state, firedAtMs: nowMs(), findingId: finding.id });
      fired.push(trigger.name);
    }
    return fired;
  }

  /** Event time has come this far at an endpoint. Names of the triggers that fired. Never goes back. */
  advanceWatermark(endpoint: string, eventTimeMs: number): Promise<string[]> {
    return this.#options.database.transaction(async (trx) => {
      if (!(await advanceWatermark(trx, endpoint, Math.trunc(eventTimeMs)))) return [];
      const fired: string[] = [];
      for (const trigger of this.#triggers()) {
        const { on } = trigger;
        if (on.kind !== 'event-time' || on.endpoint !== endpoint) continue;
        const everyMs = durationMs(on.every);
        const boundaryMs = Math.floor((eventTimeMs - durationMs(on.offset ?? '0s')) / everyMs) * everyMs;
        const state = await readTriggerState(trx, trigger.name);
        if (state.boundaryMs !== null && boundaryMs <= state.boundaryMs) continue;
        const occasion = { causeId: null, value: { boundaryMs, eventTimeMs } };
        const runId = state.boundaryMs === null ? null : await this.#fire(trx, trigger, state, occasion);
        await writeTriggerState(trx, { ...state, boundaryMs, ...(runId === null ? {} : { firedAtMs: nowMs() }) });
        if (runId !== null) fired.push(trigger.name);
      }
      return fired;
    });
  }

  /** A cron trigger is due. The run it started; null where it was met already or skipped. Throws `not_found`. */
  async fireCron(name: string, dueMs: number): Promise<string | null> {
    const trigger = this.#triggers().find((candidate) => candidate.name === name);
    if (trigger?.on.kind !== 'cron') throw new MulleError('not_found', `There is no cron trigger '${name}'.`);
    return this.#options.database.transaction(async (trx) => {
      const state = await readTriggerState(trx, name);
      if (state.dueMs !== null && dueMs <= state.dueMs) return null;
      const runId = await this.#fire(trx, trigger, state, { causeId: null, value: { dueMs } });
      await writeTriggerState(trx, {
        ...state,
        dueMs: Math.trunc(dueMs),
        ...(runId === null ? {} : { firedAtMs: nowMs() }),
      });
      return runId;
    });
  }

  /** Starts the trigger's pipeline, or says in the unfinished run's log why not. */
  async #fire(
    trx: Transaction<Tables>,
    trigger: TriggerDefinition,
    state: TriggerState,
    { causeId, value }: Occasion,
  ): Promise<string | null> {
    const cooldownMs = trigger.cooldown === undefined ? 0 : durationMs(trigger.cooldown);
    if (state.firedAtMs !== null && nowMs() < state.firedAtMs + cooldownMs) return null;
    const { pipelines, activity } = this.#options;
    const definition = this.#pipeline(trigger.pipeline);
    if (!definition) return null;
    const startedBy = `trigger:${trigger.name}`;
    const admission = await pipelines.admit(trx, definition, startedBy);
    if (admission.kind === 'skip') {
      const message = `Trigger ${trigger.name} started nothing: ${admission.reason}`;
      await appendLog(trx, admission.activeRunId, [{ timeMs: nowMs(), task: '', level: 'info', message }]);
      return null;
    }
    const fired = await activity.record(trx, {
      type: 'trigger-fired',
      subject: trigger.name,
      causeId,
      value: { trigger: trigger.name, pipeline: trigger.pipeline, ...value },
    });
    const parameters = trigger.parameters ?? {};
    const start = { parameters, startedBy, causeId: fired.id };
    return (await pipelines.startWithin(trx, definition, start, admission.kind)).id;
  }

  #triggers(): readonly TriggerDefinition[] {
    return this.#options.manifest()?.manifest.triggers ?? [];
  }

  #pipeline(name: string): PipelineDefinition | undefined {
    return this.#options.manifest()?.manifest.pipelines.find((pipeline) => pipeline.name === name);
  }
}

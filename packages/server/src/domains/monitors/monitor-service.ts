/**
 * Windows of monitors and what was found in them.
 *
 * A window is recorded once, by monitor and bounds; told again it changes nothing and answers the same findings.
 *
 * A condition that lasts is one episode, told once: while each window of a monitor sees the same kind and subject as
 * the window before, the finding is not raised again; its `statistics.windows` counts the windows that saw it. It is
 * raised anew when it grows more severe, when a window in between was without it, and every 24 windows. Triggers hear
 * of a lasting finding with each window, so that one that could not fire (its pipeline ran, its cooldown ran) fires
 * when it can: once for each finding.
 *
 * What people and tasks report by themselves is raised each time.
 */
import type { AppliedManifest, Finding, MonitorDefinition, MonitorWindow, NewFinding, Severity } from '@mulle/contract';
import type { AccessTables } from '#domains/access/index.ts';
import type { ActivityService, ActivityTables } from '#domains/activity/index.ts';
import type { PipelineTables, TriggerService } from '#domains/pipelines/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { Database, PageRequest, Transaction } from '#platform/database/index.ts';
import {
  insertFinding,
  insertWindow,
  listFindings,
  listWindows,
  readEpisodes,
  readFinding,
  readWindowFindings,
  updateFinding,
  writeEpisodes,
  type Episode,
  type FindingFilter,
} from './monitor-store.ts';
import type { MonitorTables } from './monitor-tables.ts';

type Tables = MonitorTables & PipelineTables & ActivityTables & AccessTables;

/** A finding that lasts is raised again after this many windows. */
export const raisedAgainAfterWindows = 24;

const severities: readonly Severity[] = ['info', 'warning', 'critical'];

export interface MonitorServiceOptions {
  readonly database: Database<Tables>;
  readonly activity: ActivityService;
  readonly triggers: Pick<TriggerService, 'onFinding'>;
  readonly manifest: () => AppliedManifest | null;
}

export class MonitorService {
  readonly #options: MonitorServiceOptions;

  constructor(options: MonitorServiceOptions) {
    this.#options = options;
  }

  /** Monitors of the applied manifest with their last windows. */
  async list(): Promise<{ definition: MonitorDefinition; last: MonitorWindow | null }[]> {
    const items = [];
    for (const definition of this.#monitors()) {
      const { items: windows } = await listWindows(this.#options.database.kysely, definition.name, { limit: 1 });
      items.push({ definition, last: windows[0] ?? null });
    }
    return items;
  }

  /** Closed windows of a monitor, newest first. Throws `not_found`. */
  async windows(monitor: string, request: PageRequest) {
    if (!this.#monitors().some(({ name }) => name === monitor))
      throw new MulleError('not_found', `There is no monitor '${monitor}'. Apply a manifest that has it.`);
    return listWindows(this.#options.database.kysely, monitor, request);
  }

  findings(filter: FindingFilter) {
    return listFindings(this.#options.database.kysely, filter);
  }

  /** Raises a finding that was found outside of windows. */
  report(finding: NewFinding): Promise<Finding> {
    return this.#options.database.transaction((trx) => this.#raise(trx, finding));
  }

  /**
   * Records closed windows with their findings; a finding belongs to the window of its monitor with its bounds, and
   * stands alone where there is none. Ids of the findings raised, or that were still lasting, now or the first time.
   */
  record(windows: readonly MonitorWindow[], findings: readonly NewFinding[]): Promise<string[]> {
    const owned = new Set<NewFinding>();
    return this.#options.database.transaction(async (trx) => {
      const ids: string[] = [];
      for (const window of windows.toSorted((a, b) => a.toMs - b.toMs)) {
        const own = findings.filter((finding) => belongs(finding, window));
        for (const finding of own) owned.add(finding);
        const known = await readWindowFindings(trx, window);
        ids.push(...(known ?? (await this.#recordWindow(trx, window, own))));
      }
      for (const finding of findings) if (!owned.has(finding)) ids.push((await this.#raise(trx, finding)).id);
      return ids;
    });
  }

  async #recordWindow(
    trx: Transaction<Tables>,
    window: MonitorWindow,
    findings: readonly NewFinding[],
  ): Promise<string[]> {
    const before = await readEpisodes(trx, window.monitor);
    const episodes = new Map<string, Episode>();
    for (const finding of findings) {
      const { kind, subject, monitor } = finding;
      const open = before.find((episode) => episode.kind === kind && episode.subject === subject);
      const { id, severity } =
        open && lasts(open, finding) ? await this.#repeat(trx, open) : await this.#raise(trx, finding);
      const windows = open?.findingId === id ? open.windows + 1 : 1;
      episodes.set(`${kind} ${subject}`, { monitor, kind, subject, findingId: id, severity, windows });
    }
    await writeEpisodes(trx, window.monitor, [...episodes.values()]);
    const ids = [...episodes.values()].map(({ findingId }) => findingId);
    await insertWindow(trx, window, ids);
    return ids;
  }

  async #raise(trx: Transaction<Tables>, wanted: NewFinding): Promise<Finding> {
    const finding: Finding = { ...wanted, id: newId('finding'), createdAtMs: nowMs() };
    await insertFinding(trx, finding);
    const { id, causeId } = finding;
    await this.#options.activity.record(trx, { type: 'finding-raised', subject: id, id, causeId, value: finding });
    await this.#options.triggers.onFinding(trx, finding);
    return finding;
  }

  /** Counts a window more for a finding that lasts, and lets triggers hear of it again. */
  async #repeat(trx: Transaction<Tables>, episode: Episode): Promise<Finding> {
    const finding = await readFinding(trx, episode.findingId);
    if (!finding) throw new MulleError('corrupt_data', `Finding ${episode.findingId} lasts but is not there.`);
    const repeated = { ...finding, statistics: { ...finding.statistics, windows: episode.windows + 1 } };
    await updateFinding(trx, repeated);
    await this.#options.triggers.onFinding(trx, repeated);
    return repeated;
  }

  #monitors(): readonly MonitorDefinition[] {
    return this.#options.manifest()?.manifest.monitors ?? [];
  }
}

function belongs(finding: NewFinding, window: MonitorWindow): boolean {
  return (
    finding.monitor === window.monitor &&
    finding.window?.fromMs === window.fromMs &&
    finding.window.toMs === window.toMs
  );
}

function lasts(episode: Episode, finding: NewFinding): boolean {
  const worse = severities.indexOf(finding.severity) > severities.indexOf(episode.severity);
  return !worse && episode.windows < raisedAgainAfterWindows;
}

import type { ControlClient } from '@mulle/client';
import type { Activity, StoredEvent } from '@mulle/contract';
import type { ActivityLog } from './activity.ts';
import { dayMs } from './flights.ts';
import { output, runPipeline } from './pipelines.ts';

/** An incident as the closing report tells it: what the platform itself recorded as cause and effect. */
export interface IncidentReport {
  name: 'distance-in-kilometres' | 'broken-version' | 'host-killed';
  handled: boolean;
  /** Wall time from the incident to the effect. */
  seconds: number | null;
  causeId: string | null;
  effectId: string | null;
}

export interface IncidentPlan {
  /** Stream time at which the serving host is killed. */
  killAtMs: number;
  /** Stream time at which a broken version is deployed. */
  brokenAtMs: number;
  /** Day on which distances arrive in kilometres. */
  kilometresFromMs: number;
}

const fiveMinutesMs = 300_000;

/** Dates of the incidents, from the seed: within the first twelve days, or sooner where the replay is shorter. */
export function planIncidents(startMs: number, days: number, random: () => number): IncidentPlan {
  const unitDays = Math.min(12, days) / 12;
  const tick = (fromDay: number, span: number): number =>
    startMs + Math.floor(((fromDay + random() * span) * unitDays * dayMs) / fiveMinutesMs) * fiveMinutesMs;
  return {
    killAtMs: tick(1, 2),
    kilometresFromMs: startMs + Math.floor((4 + random() * 2) * unitDays) * dayMs,
    brokenAtMs: tick(7, 3),
  };
}

function reported(
  name: IncidentReport['name'],
  startedMs: number,
  cause: string | undefined,
  effect: Activity | StoredEvent | undefined,
): IncidentReport {
  const handled = cause !== undefined && effect !== undefined;
  return {
    name,
    handled,
    seconds: effect === undefined ? null : Math.round(effect.timeMs - startedMs) / 1_000,
    causeId: cause ?? null,
    effectId: effect?.id ?? null,
  };
}

/** Events of data processes are in the exported log only. */
async function exportedActivity(control: ControlClient, fromMs: number): Promise<StoredEvent[]> {
  const response = await control.stream('exportEvents', { query: { topic: 'activity', fromMs } });
  const lines = (await response.text()).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as StoredEvent);
}

/** Kills the process that answers, and waits until the platform has recorded its return. */
export async function killHost(control: ControlClient, announce: (text: string) => void): Promise<IncidentReport> {
  const status = await control.call('getEndpointStatus', { params: { name: 'flight-delay' } });
  const endpoint = status.processes.flatMap((process) => process.endpoints)[0];
  const host = endpoint?.hosts.find((one) => one.state === 'ready' && one.pid !== null);
  const startedMs = Date.now();
  if (host?.pid == null) return reported('host-killed', startedMs, undefined, undefined);
  announce(`SIGKILL of model host ${host.pid}, which serves ${host.variant}`);
  process.kill(host.pid, 'SIGKILL');
  for (let attempt = 0; attempt < 40; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    const events = await exportedActivity(control, startedMs - 1_000);
    const exited = events.find((event) => event.type === 'host-exited' && event.value['pid'] === host.pid);
    const back = events.find((event) => event.type === 'host-restarted' && event.causeId === exited?.id);
    if (exited !== undefined && back !== undefined) return reported('host-killed', startedMs, exited.id, back);
  }
  return reported('host-killed', startedMs, undefined, undefined);
}

/** Deploys a model that answers one half to everything, and waits for the canary to take it back. */
export async function deployBroken(
  control: ControlClient,
  log: ActivityLog,
  announce: (text: string) => void,
): Promise<IncidentReport> {
  const run = await runPipeline(control, 'constant-model', {});
  const version = Number(output(run, 'register', 'version'));
  for (;;) {
    try {
      const startedMs = Date.now();
      const release = await control.call('deploy', {
        params: { name: 'flight-delay' },
        body: { model: 'flight-delay', version, reason: 'incident: a version that answers 0.5 to everything' },
      });
      announce(`flight-delay@${version}, which answers 0.5 to everything, is released as ${release.id}`);
      const started = await log.find(
        (event) => event.type === 'release-started' && event.subject === release.id,
        10_000,
      );
      const effect = await log.find(
        (event) => event.type === 'release-rolled-back' && event.subject === release.id,
        240_000,
      );
      return reported('broken-version', startedMs, started?.id, effect);
    } catch (error) {
      // Another release runs: as any engineer would, wait for it to end.
      if (!(error instanceof Error && 'code' in error && error.code === 'conflict')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}

/** Waits until drift and validation have named the column and the day is kept out of training. */
export async function watchKilometres(log: ActivityLog, startedMs: number): Promise<IncidentReport> {
  const about = (event: Activity, kind: string): boolean =>
    event.type === 'finding-raised' &&
    event.timeMs >= startedMs &&
    event.value['kind'] === kind &&
    event.value['subject'] === 'distance';
  const drift = await log.find((event) => about(event, 'covariate-drift'), 300_000);
  const validation = await log.find((event) => about(event, 'data-validation'), 300_000);
  const effect = await log.find(
    (event) => event.type === 'window-quarantined' && event.causeId === validation?.id,
    60_000,
  );
  return reported('distance-in-kilometres', startedMs, drift === undefined ? undefined : validation?.id, effect);
}

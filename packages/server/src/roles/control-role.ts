import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { homeLayout, type Config, type RoleConfig } from '#config/index.ts';
import { isLoopback } from '#domains/access/index.ts';
import { ActivityIntake, EventRelay, relayedAtOnce } from '#domains/activity/index.ts';
import { SweepSchedule } from '#domains/artifacts/index.ts';
import { createControlServer } from '#http/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { toMulleError } from '#kernel/errors.ts';
import { openBlobStore } from '#platform/blobs/index.ts';
import { openDatabase, type BackupTerms } from '#platform/database/index.ts';
import { JournalReader, openJournalWriter } from '#platform/events/index.ts';
import type { RunningChild } from '#platform/processes/index.ts';
import { version } from '../version.ts';
import { controlHandlers } from './control-handlers.ts';
import { foreignProtocols } from './control-protocols.ts';
import { controlMigrations, openServices, type ControlTables } from './control-services.ts';

const consoleFolder = fileURLToPath(new URL('../../../console/dist', import.meta.url));

function onProblem(thrown: unknown): void {
  process.stderr.write(`${toMulleError(thrown).message}\n`);
}

const hourMs = 3_600_000;
/** How exactly releases keep the times that they were given. */
const releaseTickMs = 1_000;

function backupTerms({ home, database: { backupHours, backupsKept } }: Config): BackupTerms {
  return { folder: homeLayout(home).backups, everyMs: backupHours * hourMs, keep: backupsKept };
}

/** Ids of the last events that control's journal holds: a batch of each relayed topic. */
async function recentIds(reader: JournalReader): Promise<Set<string>> {
  const limit = 2 * relayedAtOnce;
  const end = reader.endOffsets()['control'] ?? 0;
  const request = { writer: 'control', topics: ['activity', 'audit'] as const, limit };
  const { events } = await reader.readAfter({ ...request, afterOffset: Math.max(0, end - limit) });
  return new Set(events.map(({ id }) => id));
}

/** Wires control: database, domains, event relay, snapshot, and the people's port. */
export async function startControl({ config, dataUrls }: RoleConfig): Promise<RunningChild> {
  const layout = homeLayout(config.home);
  mkdirSync(dirname(layout.database), { recursive: true });
  const database = await openDatabase<ControlTables>({
    url: config.database.url,
    sqlitePath: layout.database,
    migrations: controlMigrations,
    // What is thrown away at the end needs no copy.
    ...(config.ephemeral ? { ephemeral: true } : { backups: backupTerms(config) }),
    onProblem,
  });
  const blobs = await openBlobStore(layout.blobs, { maximumBytes: config.limits.blobBytes });
  const services = await openServices(config, database, blobs, { onProblem });
  await services.access.assertSafeToListen();
  const journal = await openJournalWriter({ dir: layout.journal, writer: 'control', onProblem });
  const reader = new JournalReader({ dir: layout.journal, onProblem });
  const relay = new EventRelay({
    database,
    sources: { activity: services.activity, audit: services.audit },
    appender: journal,
    recentIds: () => recentIds(reader),
    onProblem,
  });
  const sweeps = new SweepSchedule(services.sweep, config.retention.sweepHours, onProblem);
  await services.rules.settle();
  const intake = new ActivityIntake({ database, activity: services.activity, reader, ownWriter: 'control', onProblem });
  await services.publisher.start();
  await services.leases.start();
  const clock = setInterval(() => void services.releases.tick(nowMs()).catch(onProblem), releaseTickMs);
  clock.unref();
  services.webhooks.start();
  const handlers = controlHandlers(services, { config, dataUrls, database, blobs, reader, onProblem });
  const server = createControlServer({
    handlers,
    protocols: foreignProtocols(services, blobs, config.limits.controlBodyBytes),
    authenticate: (authorization) => services.access.authenticate(authorization),
    onLoopback: isLoopback(config.control.host),
    version,
    consoleFolder,
    bodyLimitBytes: config.limits.controlBodyBytes,
    onInternalError: (error, requestId) => process.stderr.write(`${requestId}: ${error.stack ?? error.message}\n`),
  });
  await server.listen({ host: config.control.host, port: config.control.port });
  return {
    details: { port: config.control.port },
    async stop() {
      clearInterval(clock);
      await server.close();
      await sweeps.close();
      services.leases.close();
      await services.webhooks.close();
      await services.publisher.close();
      await intake.close();
      await relay.drained();
      await relay.close();
      services.activity.close();
      await reader.close();
      await journal.close();
      await database.close();
    },
  };
}

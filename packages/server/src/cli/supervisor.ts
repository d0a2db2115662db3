import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnvironment, type Config, type RoleConfig } from '#config/index.ts';
import { newSecret } from '#kernel/ids.ts';
import {
  freePort,
  lockHome,
  supervise,
  type SuperviseOptions,
  type SupervisedProcess,
} from '#platform/processes/index.ts';

export interface Platform {
  controlUrl: string;
  dataUrl: string;
  home: string;
  pids: Record<string, number | undefined>;
  /** Drains and ends every role; removes an ephemeral home. */
  stop(): Promise<void>;
}

/** How long a role may take to finish what it accepted before it is killed. */
const drainMs = 10_000;
/**
 * Roles that answer a few calls a second need no large nursery: 2 MB keep control 15 MB smaller, work 5. Nor does it
 * hurt them to collect once what starting left behind, see `runChild`: 10 and 6 MB. Data keeps V8's own ways, for it makes
 * much garbage that dies young, and its callers wait for nothing.
 */
const smallRole = ['--max-semi-space-size=2', '--expose-gc'];

function authority(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

async function unlessAborted(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal?.reason);
  signal?.addEventListener('abort', abort);
  try {
    signal?.throwIfAborted();
    await Promise.race([work, aborted.promise]);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/**
 * Starts control, data and work as processes of their own and keeps them alive. All start side by side: each finds
 * the others when they are there. Rejects, with everything stopped again, when one does not start, or when `signal`
 * says before that it shall not.
 *
 * `entry` is the module that runs a role: `<entry> role <name>`.
 */
export async function startPlatform(
  entry: string,
  given: Config,
  options: SuperviseOptions & { signal?: AbortSignal } = {},
): Promise<Platform> {
  const { signal } = options;
  const controlPort = await freePort(given.control.host, given.control.port);
  const dataPort = await freePort(given.data.host, given.data.port);
  const home = given.ephemeral ? mkdtempSync(join(tmpdir(), 'mulle-')) : given.home;
  const releaseLock = lockHome(home);
  const cleanUp = (): void => {
    releaseLock();
    if (given.ephemeral) rmSync(home, { recursive: true, force: true });
  };
  const config: Config = {
    ...given,
    home,
    internalToken: given.internalToken || newSecret(),
    control: { ...given.control, port: controlPort },
    data: { ...given.data, port: dataPort },
  };
  const controlUrl = authority(config.control.host, config.control.port);
  const dataUrl = authority(config.data.host, config.data.port);
  let ending = false;
  const role = (name: string, process: string, execArgv: readonly string[] = []): SupervisedProcess =>
    supervise(
      {
        name: process,
        module: entry,
        args: ['role', name],
        execArgv,
        env: childEnvironment({ config, process, controlUrl, dataUrls: [dataUrl] } satisfies RoleConfig),
      },
      { ...options, mayRestart: () => !ending },
    );
  // In the order of their ending: callers first, then what makes work, then what records it.
  const roles = [role('data', 'data-0'), role('work', 'work', smallRole), role('control', 'control', smallRole)];
  const stop = async (): Promise<void> => {
    ending = true;
    for (const one of roles) await one.stop(drainMs);
    cleanUp();
  };
  try {
    await unlessAborted(Promise.all(roles.map((one) => one.ready)), signal);
  } catch (error) {
    await stop();
    throw error;
  }
  return { controlUrl, dataUrl, home, pids: Object.fromEntries(roles.map((one) => [one.name, one.pid])), stop };
}

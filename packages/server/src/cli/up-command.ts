import { setImmediate } from 'node:timers/promises';
import type { Command } from 'commander';
import { loadConfig, processEnvironment, redactConfig } from '#config/index.ts';
import { monotonicMs } from '#kernel/clock.ts';
import { exitCodes } from './exit-codes.ts';
import { startPlatform, type Platform } from './supervisor.ts';

interface UpOptions {
  port?: string;
  dataPort?: string;
  host?: string;
  home?: string;
  config?: string;
  ephemeral?: boolean;
  json?: boolean;
  quiet?: boolean;
}

function overrides(options: UpOptions): Record<string, unknown> {
  const control: Record<string, unknown> = {};
  const data: Record<string, unknown> = {};
  if (options.host !== undefined) control['host'] = data['host'] = options.host;
  if (options.port !== undefined) {
    control['port'] = Number(options.port);
    // The traffic port follows, so that one flag moves an installation out of another's way.
    data['port'] = Number(options.port) === 0 ? 0 : Number(options.port) + 1;
  }
  if (options.dataPort !== undefined) data['port'] = Number(options.dataPort);
  return { control, data, ...(options.home === undefined ? {} : { home: options.home }) };
}

async function up(options: UpOptions, entry: string): Promise<void> {
  const startedMs = monotonicMs();
  const config = loadConfig({
    environment: processEnvironment(),
    cwd: process.cwd(),
    file: options.config,
    overrides: overrides(options),
    ephemeral: options.ephemeral ?? false,
  });
  const say = (line: string): void => {
    if (options.json !== true && options.quiet !== true) process.stderr.write(`${line}\n`);
  };
  say(`config ${JSON.stringify(redactConfig(config))}`);
  const ending = new AbortController();
  let platform: Platform | undefined;
  const end = (): void => {
    if (ending.signal.aborted) return;
    ending.abort();
    // While it starts, the start itself stops what began and rejects.
    if (platform === undefined) return;
    say('ending: finishing what was accepted');
    void platform.stop().then(() => process.exit(exitCodes.ok));
  };
  // A launcher that is gone means what a signal means.
  for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.on(event, end);
  // Listening to a launcher does not keep alive what could not start.
  process.channel?.unref();
  try {
    platform = await startPlatform(entry, config, {
      signal: ending.signal,
      onOutput: (name, _, text) => {
        for (const line of text.split('\n')) if (line !== '') process.stderr.write(`${name}: ${line}\n`);
      },
      onEvent: (event) => {
        if (event.kind === 'exited') process.stderr.write(`${event.name} ended (${event.how}); restarting.\n`);
      },
    });
  } catch (error) {
    // A Ctrl-C ends roles that have just begun as well, and may be heard here only after their exit.
    await setImmediate();
    if (ending.signal.aborted) process.exit(exitCodes.interrupted);
    throw error;
  }
  const { controlUrl, dataUrl } = platform;
  if (options.json === true) process.stdout.write(`${JSON.stringify({ controlUrl, dataUrl, key: null })}\n`);
  else {
    process.stdout.write(`Console and API  ${controlUrl}\nTraffic          ${dataUrl}\n`);
    say(`ready in ${Math.round(monotonicMs() - startedMs)} ms; home ${platform.home}; Ctrl-C ends it`);
  }
}

/** `mulle up`: runs the whole platform until it is told to end. */
export function addUpCommand(program: Command, entry: string): void {
  program
    .command('up')
    .description('run the platform: console, API, traffic port, workers')
    .option('-p, --port <port>', 'control port; the traffic port is the next one (0: any free ones)')
    .option('--data-port <port>', 'traffic port')
    .option('--host <address>', 'address to listen on; other than loopback needs keys')
    .option('--home <folder>', 'folder of all that Mulle keeps (default .mulle)')
    .option('-c, --config <file>', 'config file (default mulle.json, if there is one)')
    .option('--ephemeral', 'empty stores in a temporary folder, removed at the end')
    .option('--json', 'first line of stdout: {controlUrl, dataUrl, key}')
    .option('-q, --quiet', 'print the addresses only')
    .action((options: UpOptions) => up(options, entry));
}

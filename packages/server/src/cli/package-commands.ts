import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ControlClient } from '@mulle/client';
import type { EndpointDefinition, ModelVersion } from '@mulle/contract';
import type { Command } from 'commander';
import { processEnvironment } from '#config/index.ts';
import { isLoopback } from '#domains/access/index.ts';
import { MulleError } from '#kernel/errors.ts';
import { endpointFor } from './create-endpoint.ts';
import { parseTarget } from './parse-target.ts';
import { print, printJson, say } from './print.ts';
import { resolved, versionOf } from './resolve-target.ts';
import { addClientOptions, openSession, type ClientCommandOptions } from './session.ts';

/** What the command line is handed of the packages' own code, which serves models and is loaded when asked for. */
export interface Packages {
  write(
    control: ControlClient,
    version: ModelVersion,
    endpoint: EndpointDefinition,
    options: { output?: string; requests?: Record<string, unknown>[]; log: (message: string) => void },
  ): Promise<{ path: string; id: string; samples: number }>;
  serve(
    path: string,
    options: { folder: string; host: string; port: number; key: string | null; log: (message: string) => void },
  ): Promise<{ url: string; id: string; name: string; checked: number; close(): Promise<void> }>;
}

interface PackageOptions extends ClientCommandOptions {
  output?: string;
  requests?: string;
  tensors?: boolean;
}

async function requestsIn(path: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new MulleError('not_found', `There is no file ${path}.`, { cause });
  });
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function addPackageCommand(program: Command, load: () => Promise<Packages>): void {
  addClientOptions(
    program
      .command('package')
      .description(
        'make one file of a version that `mulle serve` runs anywhere, with sample requests and their answers',
      ),
  )
    .argument('<model>', 'NAME@ALIAS, NAME@VERSION, NAME for the latest')
    .option('-o, --output <file>', 'where to (default NAME-VERSION-DIGEST.mulle.tar)')
    .option('--requests <file>', 'sample requests, one JSON body a line (default: made by a seed)')
    .option('--tensors', 'take typed tensors, also where it scores rows')
    .action(async (text: string, options: PackageOptions) => {
      const session = openSession(options);
      const version = await versionOf(session, await resolved(session, parseTarget(text)));
      const requests = options.requests === undefined ? undefined : await requestsIn(options.requests);
      const endpoint: EndpointDefinition = {
        ...endpointFor(version.model.replaceAll(/[^A-Za-z0-9._-]/g, '-'), version, options.tensors === true),
        policy: { kind: 'single' },
        fallback: [],
      };
      const written = await (
        await load()
      ).write(session.control, version, endpoint, {
        ...(options.output === undefined ? {} : { output: options.output }),
        ...(requests === undefined ? {} : { requests }),
        log: say,
      });
      print(session, written, ({ path, id, samples }) => {
        say(`${path}: ${version.model}@${version.version}, ${samples} sample requests, ${id}.`);
        say(`Run it anywhere: mulle serve ${path}`);
      });
    });
}

interface ServeOptions {
  port: string;
  host: string;
  key?: string;
  json?: boolean;
}

async function serve(path: string, options: ServeOptions, load: () => Promise<Packages>): Promise<void> {
  const { host, json = false } = options;
  const port = Number(options.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new MulleError('invalid_argument', `--port ${options.port}: a port.`);
  const key = options.key ?? processEnvironment()['MULLE_KEY'] ?? null;
  if (key === null && !isLoopback(host)) {
    throw new MulleError(
      'invalid_config',
      `${host} is reached from outside: callers need a key. Give one with MULLE_KEY.`,
    );
  }
  const folder = await mkdtemp(join(tmpdir(), 'mulle-serve-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const served = await (await load()).serve(path, { folder, host, port, key, log: say });
    const end = (): void =>
      void served
        .close()
        .then(remove)
        .then(() => process.exit(0));
    for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.on(event, end);
    process.channel?.unref();
    if (json) printJson({ dataUrl: served.url, id: served.id, checked: served.checked });
    else {
      say(`${served.name} (${served.id}) answers its ${served.checked} sample requests as where it was made.`);
      process.stdout.write(`${served.url}/v2/models/${served.name}/infer\n`);
    }
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}

/** `mulle package` and `mulle serve`. */
export function addPackageCommands(program: Command, load: () => Promise<Packages>): void {
  addPackageCommand(program, load);
  program
    .command('serve')
    .description('serve a package, once it has answered its own sample requests; needs no other part of Mulle')
    .argument('<package>', 'a file that `mulle package` made')
    .option('-p, --port <port>', 'port (0: any free one)', '5151')
    .option('--host <address>', 'address to listen on; other than loopback needs a key', '127.0.0.1')
    .option('--key <key>', 'key that callers send (MULLE_KEY)')
    .option('--json', 'first line of stdout: {dataUrl, id, checked}')
    .action((path: string, options: ServeOptions) => serve(path, options, load));
}

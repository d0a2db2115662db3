import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { topics, type Topic } from '@mulle/contract';
import type { Command } from 'commander';
import { MulleError } from '#kernel/errors.ts';
import { exitCodes } from './exit-codes.ts';
import { print, printJson, printTable, time } from './print.ts';
import { addClientOptions, openSession, type ClientCommandOptions } from './session.ts';

function isTopic(text: string): text is Topic {
  return topics.some((topic) => topic === text);
}

async function openToWrite(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'w');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MulleError('invalid_argument', `--out-file ${path} cannot be written: ${reason}`, { cause });
  }
}

export function addPlatformCommands(program: Command, openApiDocument: () => Promise<unknown>): void {
  const events = program.command('events').description('the event backbone');
  addClientOptions(events.command('export').description('raw events, one JSON object a line'))
    .option('--topic <topic>', `one of ${topics.join(', ')}`)
    .option('--out-file <file>', 'write there instead of stdout')
    .action(async (options: ClientCommandOptions & { topic?: string; outFile?: string }) => {
      const session = openSession(options);
      const { topic } = options;
      if (topic !== undefined && !isTopic(topic))
        throw new MulleError('invalid_argument', `--topic ${topic}: one of ${topics.join(', ')}.`);
      const file = options.outFile === undefined ? undefined : await openToWrite(options.outFile);
      const response = await session.control.stream('exportEvents', { query: topic === undefined ? {} : { topic } });
      if (response.body === null) return;
      const target = file?.createWriteStream() ?? process.stdout;
      await pipeline(Readable.from(response.body), target, { end: options.outFile !== undefined });
    });
  addClientOptions(program.command('findings').description('what monitors and checks found')).action(
    async (options: ClientCommandOptions) => {
      const session = openSession(options);
      print(session, await session.control.call('listFindings', { query: { limit: 20 } }), ({ items }) =>
        printTable(
          ['found', 'severity', 'kind', 'subject', 'message'],
          items.map((one) => [
            time(one.createdAtMs),
            one.severity,
            one.kind,
            one.subject,
            session.text(one.message).slice(0, 90),
          ]),
          'Nothing was found.',
        ),
      );
    },
  );
  addClientOptions(program.command('doctor').description('check the installation, and say what to do')).action(
    async (options: ClientCommandOptions) => {
      const session = openSession(options);
      const report = await session.control.call('doctor', {});
      print(session, report, ({ checks }) => {
        for (const check of checks) {
          process.stdout.write(`${check.ok ? 'ok  ' : 'FAIL'} ${check.name}: ${session.text(check.message)}\n`);
          if (check.fix !== null && !check.ok) process.stdout.write(`     ${session.text(check.fix)}\n`);
        }
      });
      if (report.checks.some((check) => !check.ok)) process.exitCode = exitCodes.failure;
    },
  );
  program
    .command('openapi')
    .description('the OpenAPI 3.1 document of the control API')
    .action(async () => printJson(await openApiDocument()));
}

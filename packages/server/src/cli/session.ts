import { createControlClient, type ControlClient } from '@mulle/client';
import type { LocalisedText } from '@mulle/contract';
import type { Command } from 'commander';
import { processEnvironment } from '#config/index.ts';
import { MulleError } from '#kernel/errors.ts';

/** What every command that talks to a running Mulle has: the connection and how to print. */
export interface Session {
  control: ControlClient;
  /** What calls beside the contract's carry to be let in. */
  authorization: Readonly<Record<string, string>>;
  json: boolean;
  language: 'en' | 'ko';
  text(localised: LocalisedText): string;
}

/** Options that every client command takes. */
export interface ClientCommandOptions {
  url?: string;
  key?: string;
  json?: boolean;
  lang?: string;
}

const defaultUrl = 'http://127.0.0.1:5150';

function language(options: ClientCommandOptions, environment: Record<string, string | undefined>): 'en' | 'ko' {
  const wanted = options.lang ?? environment['MULLE_LANG'] ?? environment['LANG'] ?? 'en';
  if (options.lang !== undefined && options.lang !== 'en' && options.lang !== 'ko') {
    throw new MulleError('invalid_argument', `--lang ${options.lang}: en or ko.`);
  }
  return wanted.startsWith('ko') ? 'ko' : 'en';
}

/** Declares them. */
export function addClientOptions(command: Command): Command {
  return command
    .option('--url <url>', `address of the control port (MULLE_URL; default ${defaultUrl})`)
    .option('--key <key>', 'API key (MULLE_KEY)')
    .option('--json', 'print JSON')
    .option('--lang <lang>', 'language of messages: en or ko (MULLE_LANG, LANG)');
}

export function openSession(options: ClientCommandOptions): Session {
  const environment = processEnvironment();
  const lang = language(options, environment);
  const key = options.key ?? environment['MULLE_KEY'];
  return {
    control: createControlClient({ url: options.url ?? environment['MULLE_URL'] ?? defaultUrl, key }),
    authorization: key === undefined ? {} : { authorization: `Bearer ${key}` },
    json: options.json === true,
    language: lang,
    text: (localised) => localised[lang],
  };
}

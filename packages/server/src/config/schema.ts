import { limits } from '#kernel/limits.ts';

/** One thing an operator may set. Settings describe themselves, so that no role pays for a schema library. */
export interface Setting<T> {
  readonly fallback: T;
  /** What it takes, in words that follow "must be". */
  readonly takes: string;
  fits(value: unknown): value is T;
  /** From an environment variable; what comes out may not fit. */
  fromText(text: string): unknown;
}

export interface Settings {
  readonly [name: string]: Setting<unknown> | Settings;
}

type Values<S> = { -readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : Values<S[K]> };

function integer(fallback: number, minimum: number, maximum = Number.MAX_SAFE_INTEGER): Setting<number> {
  const bounds = maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
  return {
    fallback,
    takes: `a whole number ${bounds}`,
    fits: (value): value is number => Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum,
    fromText: Number,
  };
}

function text(fallback: string): Setting<string> {
  return { fallback, takes: 'text', fits: (value) => typeof value === 'string', fromText: (value) => value };
}

function flag(fallback: boolean): Setting<boolean> {
  return {
    fallback,
    takes: 'true or false',
    fits: (value) => typeof value === 'boolean',
    fromText: (value) => (value === 'true' ? true : value === 'false' ? false : value),
  };
}

function textList(): Setting<readonly string[]> {
  return {
    fallback: [],
    takes: 'a list of texts',
    fits: (value): value is string[] => Array.isArray(value) && value.every((item) => typeof item === 'string'),
    fromText: (value) => value.split(','),
  };
}

const port = (fallback: number): Setting<number> => integer(fallback, 0, 65_535);

/**
 * Everything an operator may set, with its default. The config file holds this shape; the environment variable of a
 * value is its path in capitals, `MULLE_CONTROL_PORT` for `control.port`.
 */
export const settings = {
  /** Folder of all that Mulle keeps. */
  home: text('.mulle'),
  control: { host: text('127.0.0.1'), port: port(5150) },
  data: { host: text('127.0.0.1'), port: port(5151), maxConcurrentRequests: integer(4_096, 1) },
  work: {
    /** Tasks that run side by side. */
    slots: integer(2, 1, 256),
    trainingThreads: integer(1, 1, 64),
    /** Memory of one DuckDB query. */
    queryMemoryMb: integer(1_024, 64),
  },
  database: {
    /** postgres://… ; empty: SQLite in the home folder. */
    url: text(''),
    /** Of the SQLite file: a new one when the newest is so old, and so many kept. */
    backupHours: integer(24, 1),
    backupsKept: integer(7, 1),
  },
  limits: {
    requestBodyBytes: integer(limits.requestBodyBytes, 1_024),
    controlBodyBytes: integer(limits.controlBodyBytes, 1_024),
    blobBytes: integer(limits.blobBytes, 1_024),
  },
  /** Folders that file sources may read, beside the folder Mulle was started in. */
  sources: { allowedRoots: textList() },
  /** Whether webhooks may go to addresses of this machine and its networks, and by http. */
  webhooks: { allowPrivate: flag(false) },
  retention: {
    decisionDays: integer(90, 1),
    /** How often the space of stored bytes that nothing names any more is reclaimed; 0: never. */
    sweepHours: integer(24, 0, 8_760),
  },
  /** Secret between roles; empty: made at each start. */
  internalToken: text(''),
} satisfies Settings;

export type ConfigValues = Values<typeof settings>;

/** Paths of values that are never printed. */
export const secretPaths: readonly string[] = ['internalToken', 'database.url'];

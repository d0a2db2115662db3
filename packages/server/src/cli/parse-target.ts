import { MulleError } from '#kernel/errors.ts';

export interface DeployTarget {
  model: string;
  version?: number;
  alias?: string;
}

/** `NAME@ALIAS`, `NAME@3` or `NAME:3`; the name alone is its latest version, named by the server's list. */
export function parseTarget(text: string): DeployTarget {
  const match = /^([^@:]+)(?:[@:](.+))?$/.exec(text);
  const model = match?.[1];
  if (model === undefined)
    throw new MulleError('invalid_argument', `"${text}" names no version. Write NAME@ALIAS, NAME@3 or NAME.`);
  const at = match?.[2];
  if (at === undefined) return { model };
  return /^[0-9]+$/.test(at) ? { model, version: Number(at) } : { model, alias: at };
}

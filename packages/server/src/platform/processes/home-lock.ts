import { closeSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { MulleError } from '#kernel/errors.ts';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Takes the home folder for this supervisor; two on one folder would write the same journals. A lock whose process is
 * gone is taken over. Returns the release. Throws `invalid_state` when another holds it, `invalid_config` where the
 * folder cannot be made.
 */
export function lockHome(home: string): () => void {
  try {
    mkdirSync(home, { recursive: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MulleError('invalid_config', `The home folder ${home} cannot be made: ${reason}`, { cause });
  }
  const path = join(home, 'mulle.pid');
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = openSync(path, 'wx');
      writeSync(file, String(process.pid));
      closeSync(file);
      return () => unlinkSync(path);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const holder = Number(readFileSync(path, 'utf8'));
      if (holder > 0 && isAlive(holder)) {
        throw new MulleError(
          'invalid_state',
          `Mulle already runs on ${home} (process ${holder}). Stop it, or give another folder with --home.`,
        );
      }
      unlinkSync(path);
    }
  }
  throw new MulleError('invalid_state', `The lock ${path} could not be taken.`);
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { newSealingKey, seal, unseal } from '#kernel/seal.ts';

/** Seals secrets that are used again, such as what webhooks are signed with. */
export interface Sealer {
  seal(text: string): string;
  /** Throws `corrupt_data` where the key is another one. */
  unseal(sealed: string): string;
}

/** Seals with the key in a file, readable by its owner alone and made on first use. */
export function fileSealer(path: string): Sealer {
  let known: Buffer | undefined;
  const key = (): Buffer => (known ??= readKey(path));
  return { seal: (text) => seal(text, key()), unseal: (sealed) => unseal(sealed, key()) };
}

function readKey(path: string): Buffer {
  mkdirSync(dirname(path), { recursive: true });
  try {
    writeFileSync(path, newSealingKey(), { flag: 'wx', mode: 0o600, flush: true });
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) throw thrown;
  }
  return readFileSync(path);
}

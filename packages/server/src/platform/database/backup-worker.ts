import { renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';
import { syncPath } from '#platform/files/durable-files.ts';
import type { BackupOrder } from './backups.ts';

const { database, target }: BackupOrder = workerData;
const temporary = `${target}.tmp`;
const source = new DatabaseSync(database, { readOnly: true, timeout: 5_000 });
try {
  source.prepare('VACUUM INTO ?').run(temporary);
  syncPath(temporary);
  renameSync(temporary, target);
  syncPath(dirname(target));
} catch (thrown) {
  rmSync(temporary, { force: true });
  throw thrown;
} finally {
  source.close();
}

import { DatabaseSync } from 'node:sqlite';
import { openJournalDatabase } from '../journal-file.ts';
import { startPlantedWorker } from './start-planted-worker.ts';

/** Takes 150 ms for each commit. */
class SlowDatabase extends DatabaseSync {
  override exec(sql: string): void {
    if (sql === 'COMMIT') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150);
    super.exec(sql);
  }
}

startPlantedWorker((path) => {
  openJournalDatabase(path).close();
  return new SlowDatabase(path);
});

import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { threadId } from 'node:worker_threads';
import { seededRandom } from '#kernel/random.ts';
import { openJournalDatabase } from '../journal-file.ts';
import { startPlantedWorker } from './start-planted-worker.ts';

const random = seededRandom(threadId);
const idPosition = 4;

/** The thread ends before every tenth commit, after every tenth, and whenever it is to insert an event named "poison". */
class DyingDatabase extends DatabaseSync {
  override exec(sql: string): void {
    const fate = sql === 'COMMIT' ? random() : 1;
    if (fate < 0.1) process.exit();
    super.exec(sql);
    if (fate < 0.2) process.exit();
  }

  override prepare(sql: string): StatementSync {
    const statement = super.prepare(sql);
    if (!sql.startsWith('INSERT INTO events')) return statement;
    const run = statement.run.bind(statement);
    const runOrDie = (...values: SQLInputValue[]): unknown => {
      if (values[idPosition] === 'poison') process.exit();
      return run(...values);
    };
    Object.defineProperty(statement, 'run', { value: runOrDie });
    return statement;
  }
}

startPlantedWorker((path) => {
  openJournalDatabase(path).close();
  const database = new DyingDatabase(path);
  database.exec('PRAGMA synchronous = FULL');
  return database;
});

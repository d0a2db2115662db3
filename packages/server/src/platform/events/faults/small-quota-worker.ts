import { openJournalDatabase } from '../journal-file.ts';
import { startPlantedWorker } from './start-planted-worker.ts';

/** Has room for 64 pages. */
startPlantedWorker((path) => {
  const database = openJournalDatabase(path);
  database.exec('PRAGMA max_page_count = 64');
  return database;
});

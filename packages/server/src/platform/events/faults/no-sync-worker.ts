import { openJournalDatabase } from '../journal-file.ts';
import { startPlantedWorker } from './start-planted-worker.ts';

/** Commits without syncing. */
startPlantedWorker((path) => {
  const database = openJournalDatabase(path);
  database.exec('PRAGMA synchronous = OFF');
  return database;
});

import { join } from 'node:path';

/** Where everything lies under the home folder: the one place that knows. */
export function homeLayout(home: string) {
  return {
    database: join(home, 'db', 'mulle.sqlite'),
    /** Whole copies of the SQLite database, by the time they were made. */
    backups: join(home, 'backups'),
    blobs: join(home, 'blobs'),
    /** What secrets in the database are sealed with; back it up apart from them. */
    sealingKey: join(home, 'sealing.key'),
    journal: join(home, 'journal'),
    lake: join(home, 'lake'),
    /** What one data process keeps for its own restart. */
    data: (process: string) => join(home, 'data', process),
    /** What model hosts need beside the bytes of their models: unpacked bundles, Python environments. */
    hosts: join(home, 'hosts'),
    /** Answers of batches that are not at their end, by run. */
    batch: join(home, 'batch'),
    /** What the analyser keeps for its own restart. */
    analyser: join(home, 'analyser'),
    tmp: join(home, 'tmp'),
  };
}
export type HomeLayout = ReturnType<typeof homeLayout>;

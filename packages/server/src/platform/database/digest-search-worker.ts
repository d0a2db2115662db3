import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { digestsIn, globOfDigest, sqliteTextColumns, type DigestOrder } from './digest-search.ts';

const { files, leftOut }: DigestOrder = workerData;

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

const digests = new Set<string>();
for (const file of files) {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  for (const { table, column } of database.prepare(sqliteTextColumns).all()) {
    if (leftOut.includes(String(table))) continue;
    const operand = quoted(String(column));
    const query = `select ${operand} as text from ${quoted(String(table))} where ${operand} glob ?`;
    for (const { text } of database.prepare(query).iterate(globOfDigest)) {
      for (const digest of digestsIn(String(text))) digests.add(digest);
    }
  }
  database.close();
}
parentPort?.postMessage([...digests]);

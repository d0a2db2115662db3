import { join } from 'node:path';
import { startDataRole } from '../../packages/server/src/plane/index.ts';

/** The data role in a process of its own, as `mulle up` runs it. Arguments: a folder, and control's address and token. */
const [, , folder = '', controlUrl = '', internalToken = ''] = process.argv;

const role = await startDataRole({
  process: 'data-0',
  host: '127.0.0.1',
  port: 0,
  folder: join(folder, 'data-0'),
  journalFolder: join(folder, 'journal'),
  hostsFolder: join(folder, 'hosts'),
  blobs: { localPath: (digest) => Promise.resolve(join(folder, 'blobs', digest)) },
  controlUrl,
  internalToken,
  maxConcurrentRequests: 4_096,
  requestBodyBytes: 4 * 1024 * 1024,
  log: (message) => process.stderr.write(`${message}\n`),
});
process.send?.({ port: role.port });
process.on('disconnect', () => process.exit(0));
process.on('message', () => void role.close().then(() => process.exit(0)));

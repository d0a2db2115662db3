import { homeLayout, type RoleConfig } from '#config/index.ts';
import { openBlobStore } from '#platform/blobs/index.ts';
import type { RunningChild } from '#platform/processes/index.ts';
import { startDataRole } from '#plane/index.ts';

/** Wires the data role to its folders, its port and control. */
export async function startData({ config, controlUrl, process: name }: RoleConfig): Promise<RunningChild> {
  const layout = homeLayout(config.home);
  const data = await startDataRole({
    process: name,
    host: config.data.host,
    port: config.data.port,
    folder: layout.data(name),
    journalFolder: layout.journal,
    hostsFolder: layout.hosts,
    blobs: await openBlobStore(layout.blobs),
    controlUrl,
    internalToken: config.internalToken,
    maxConcurrentRequests: config.data.maxConcurrentRequests,
    requestBodyBytes: config.limits.requestBodyBytes,
    log: (message) => process.stderr.write(`${message}\n`),
  });
  return { details: { port: data.port }, stop: () => data.close() };
}

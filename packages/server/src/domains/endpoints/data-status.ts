import { DataStatus, fits } from '@mulle/contract';
import { lightFetch } from '#platform/http/index.ts';

const timeoutMs = 1_000;

export interface DataStatusOptions {
  /** Base URLs of the data processes, as they are now. */
  readonly dataUrls: () => readonly string[];
  readonly internalToken: string;
}

export interface DataStatuses {
  readonly processes: DataStatus[];
  readonly unreachable: { url: string; reason: string }[];
}

/** Asks every data process how it does; one that gives no answer within a second is told as such. */
export async function readDataStatuses({ dataUrls, internalToken }: DataStatusOptions): Promise<DataStatuses> {
  const statuses: DataStatuses = { processes: [], unreachable: [] };
  await Promise.all(
    dataUrls().map(async (url) => {
      try {
        statuses.processes.push(await readDataStatus(url, internalToken));
      } catch (thrown) {
        statuses.unreachable.push({ url, reason: reasonOf(thrown) });
      }
    }),
  );
  statuses.processes.sort((a, b) => (a.process < b.process ? -1 : 1));
  return statuses;
}

/** The statuses with nothing but what concerns one endpoint. */
export function narrowToEndpoint(statuses: DataStatuses, endpoint: string): DataStatuses {
  const processes = statuses.processes.map((process) => ({
    ...process,
    endpoints: process.endpoints.filter((status) => status.endpoint === endpoint),
  }));
  return { ...statuses, processes };
}

async function readDataStatus(url: string, token: string): Promise<DataStatus> {
  const response = await lightFetch(new URL('/internal/status', url).href, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok) throw new Error(`It answered ${response.status}.`);
  const status: unknown = await response.json();
  if (!fits(DataStatus, status)) throw new Error('Its answer is no status.');
  return status;
}

function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.name === 'TimeoutError') return `It gave no answer within ${timeoutMs} ms.`;
  return thrown.cause instanceof Error ? thrown.cause.message : thrown.message;
}

import { useQueryClient } from '@tanstack/react-query';
import type { Run } from '@mulle/contract';
import { useEffect, useState } from 'react';
import { followStream, type Connection } from '../../api/follow-stream.ts';

/** Charts are drawn anew at most this often: the server thins long histories, so a series is read as a whole. */
const redrawMs = 700;

/** Follows a run while `enabled`: its state comes with the stream, its metrics are read again as points are logged. */
export function useRunStream(id: string, enabled: boolean): Connection {
  const client = useQueryClient();
  const [connection, setConnection] = useState<Connection>('connecting');
  useEffect(() => {
    if (!enabled) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const readMetrics = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        for (const name of ['listRunMetrics', 'getMetricSeries'])
          void client.invalidateQueries({ queryKey: [name], refetchType: 'active' });
      }, redrawMs);
    };
    void followStream('streamRun', { params: { id } }, stop.signal, {
      onConnection: setConnection,
      onEvent: ({ event, data }) => {
        if (event === 'run') client.setQueryData(['getRun', { params: { id } }], JSON.parse(data) as Run);
        else readMetrics();
      },
    });
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [id, enabled, client]);
  return connection;
}

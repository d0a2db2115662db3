import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { control } from '../../api/control.ts';
import type { Item } from '../../api/use-route.ts';

export type LogLine = Item<'getPipelineLogs'>;

const pageLines = 1_000;

/** All lines of a run, followed while it is `live`: each time only what came after the last line is asked for. */
export function useLogs(id: string, live: boolean): UseQueryResult<readonly LogLine[]> {
  return useQuery({
    queryKey: ['getPipelineLogs', id],
    queryFn: async ({ signal, client, queryKey }) => {
      const lines = [...(client.getQueryData<readonly LogLine[]>(queryKey) ?? [])];
      for (;;) {
        const query = { after: lines.at(-1)?.sequence ?? 0, limit: pageLines };
        const { items } = await control().call('getPipelineLogs', { params: { id }, query }, { signal });
        lines.push(...items);
        if (items.length < pageLines) return lines;
      }
    },
    refetchInterval: live ? 1_000 : false,
    structuralSharing: false,
  });
}

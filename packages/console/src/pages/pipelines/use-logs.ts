import { useEffect, useState } from 'react';
import { control } from '../../api/control.ts';
import type { Item } from '../../api/use-route.ts';

export type LogLine = Item<'getPipelineLogs'>;

const pageLines = 1_000;
const pollMs = 1_000;

/** All lines of a run, followed while it is `live`: asks for what came after the last line, page by page. */
export function useLogs(id: string, live: boolean): { lines: readonly LogLine[]; error: Error | undefined } {
  const [lines, setLines] = useState<readonly LogLine[]>([]);
  const [error, setError] = useState<Error>();
  useEffect(() => {
    const stop = new AbortController();
    let after = 0;
    let timer: ReturnType<typeof setTimeout>;
    setLines([]);
    const read = async (): Promise<void> => {
      try {
        const { items } = await control().call(
          'getPipelineLogs',
          { params: { id }, query: { after, limit: pageLines } },
          { signal: stop.signal },
        );
        after = items.at(-1)?.sequence ?? after;
        setError(undefined);
        if (items.length > 0) setLines((before) => [...before, ...items]);
        if (items.length === pageLines) return await read();
      } catch (cause) {
        if (stop.signal.aborted) return;
        setError(cause instanceof Error ? cause : new Error(String(cause)));
      }
      if (live) timer = setTimeout(() => void read(), pollMs);
    };
    void read();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [id, live]);
  return { lines, error };
}

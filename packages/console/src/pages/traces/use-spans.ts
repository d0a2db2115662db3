import type { SpanSummary } from '@mulle/contract';
import { useEffect, useState } from 'react';
import { control } from '../../api/control.ts';

interface Spans {
  readonly spans: readonly SpanSummary[];
  readonly done: boolean;
  readonly error: Error | null;
}

/** While a long trace is read, what has come is shown this often. */
const showEveryMs = 250;

/** Reads the spans of a trace, a line each, and shows them as they come. */
export function useSpans(trace: string): Spans {
  const [state, setState] = useState<Spans>({ spans: [], done: false, error: null });
  useEffect(() => {
    const stop = new AbortController();
    void read(trace, stop.signal, setState).catch((error: unknown) => {
      if (!stop.signal.aborted)
        setState((before) => ({
          ...before,
          done: true,
          error: error instanceof Error ? error : new Error(String(error)),
        }));
    });
    return () => stop.abort();
  }, [trace]);
  return state;
}

async function read(trace: string, signal: AbortSignal, show: (state: Spans) => void): Promise<void> {
  show({ spans: [], done: false, error: null });
  const response = await control().stream('streamSpans', { params: { trace } }, { signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const spans: SpanSummary[] = [];
  let rest = '';
  let shownAt = performance.now();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    const lines = `${rest}${value ?? ''}`.split('\n');
    rest = done ? '' : (lines.pop() ?? '');
    for (const line of lines) if (line !== '') spans.push(JSON.parse(line) as SpanSummary);
    if (done) return show({ spans, done: true, error: null });
    if (performance.now() - shownAt < showEveryMs) continue;
    shownAt = performance.now();
    show({ spans: [...spans], done: false, error: null });
  }
}

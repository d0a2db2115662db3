import { parseFilter } from '../../parts/table/filter.ts';

interface TraceSearch {
  state?: 'unspecified' | 'in_progress' | 'ok' | 'error';
  name?: string;
  session?: string;
  user?: string;
  run?: string;
  text?: string;
}

const states = ['in_progress', 'ok', 'error'] as const;
const named = ['name', 'session', 'user', 'run'] as const;

/** Reads `state:error session:chat-1 words`: what names nothing is looked for in the spans. */
export function traceSearch(q: string): TraceSearch {
  const search: TraceSearch = {};
  const words: string[] = [];
  for (const { column, value } of parseFilter(q, ['state', ...named])) {
    const name = named.find((each) => each === column);
    if (column === undefined) words.push(value);
    else if (value === '') continue;
    else if (name !== undefined) search[name] = value;
    else search.state = states.find((state) => state.startsWith(value.toLowerCase())) ?? 'unspecified';
  }
  return words.length === 0 ? search : { ...search, text: words.join(' ') };
}

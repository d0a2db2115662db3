import type { Request } from './request-list.ts';

/** What a server answered, with its own ids and times replaced by what they stand for. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (!isTree(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]));
}

const timeFields =
  /^(creation_time|last_update_time|creation_timestamp(_ms)?|last_updated_timestamp(_ms)?|start_time|end_time|create_time)$/;
/** Names that a server makes up. */
const madeUp = /^(run_name|experiment_id|user_id|dataset_id|input_id|model_id|next_page_token|page_token)$/;

/** What the reference adds that no client reads: names of the error for another product, and its workspaces. */
const ofNewerServers = new Set(['sqlstate', 'error_class', 'workspace', 'mlflow.trace.infoFinalized']);

/** Ids of the server by name, times and names that it made up blanked, lists of tags and the like in one order. */
function normalised(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => normalised(item, names));
    // Of what has keys, each another, the order says nothing.
    const keys = items.map((item) => (isTree(item) ? item['key'] : undefined));
    const isKeyed = keys.every((key) => typeof key === 'string') && new Set(keys).size === keys.length;
    return isKeyed ? items.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b))) : items;
  }
  if (isTree(value)) {
    const told = Object.entries(value).filter(([key]) => !ofNewerServers.has(key));
    const entries = told
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => {
        if (timeFields.test(key)) return [key, typeof item];
        if (madeUp.test(key) && typeof item === 'string' && !names.has(item)) return [key, 'made up'];
        return [key, normalised(item, names)];
      });
    return Object.fromEntries(entries);
  }
  if (typeof value !== 'string') return value;
  let text = value;
  for (const [id, name] of names) if (id.length > 8) text = text.replaceAll(id, name);
  if (/^[a-z]+-[a-z]+-\d+$/.test(text)) return '(made up)';
  return text.replaceAll(/[0-9a-f]{32}/g, (id) => (names.has(`tr-${id}`) ? id : '(id)'));
}

function valueAt(body: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (isTree(value) ? value[key] : undefined), body);
}

/** Asks one server the whole list in order. */
export async function askAll(url: string, requests: readonly Request[]): Promise<Answer[]> {
  const values = new Map<string, string>();
  const names = new Map<string, string>();
  const answers: Answer[] = [];
  for (const { method, path, fields, keep = {} } of requests) {
    const filled = (text: string): string => text.replaceAll(/\$([a-z]+)/g, (whole, name) => values.get(name) ?? whole);
    const given = mapTexts(fields, filled);
    const query =
      method === 'GET'
        ? `?${new URLSearchParams(Object.entries(isTree(given) ? given : {}).map(([key, value]) => [key, String(value)]))}`
        : '';
    const response = await fetch(`${url}/api/${filled(path)}${query}`, {
      method,
      ...(method === 'GET' ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(given) }),
    });
    const text = await response.text();
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      body = 'no JSON';
    }
    for (const [name, at] of Object.entries(keep)) {
      const value = String(valueAt(body, at));
      values.set(name, value);
      names.set(value, `$${name}`);
    }
    answers.push({ status: response.status, body: normalised(body, names) });
  }
  return answers;
}

/** The filter and order of the table of runs, as the server's search takes them. */
import type { RunOrder } from '@mulle/contract';
import type { TimeRange } from '../../format/time-range.ts';
import { parseFilter, type Clause, type Operator } from '../../parts/table/filter.ts';
import { parseSort } from '../../parts/table/view.ts';

interface RunSearch {
  readonly filter: string;
  readonly order: RunOrder[];
  /** Clauses that the search has no words for; they are tested on the rows that come. */
  readonly local: readonly Clause[];
  /** Part of an experiment's name that must, or must not, be there. */
  readonly experiments: readonly Clause[];
}

type RunColumn = Exclude<RunOrder, { key: string }>['by'];
/** Columns of the table: what the filter calls them, and by what runs are ordered. */
const columns: Partial<Record<string, readonly [attribute: string, by: RunColumn]>> = {
  id: ['run_id', 'id'],
  run: ['run_name', 'name'],
  state: ['status', 'status'],
  user: ['user_id', 'user'],
  started: ['start_time', 'startedAt'],
  ended: ['end_time', 'endedAt'],
};
const isTime = (column: string): boolean => column === 'started' || column === 'ended';

/** Names that stand for a column of the table and so for no metric of the same name. */
export const isRunColumn = (name: string): boolean => columns[name] !== undefined || name === 'experiment';

const text = (value: string): string => `'${value.replace(/\\+$/, '').replaceAll("'", String.raw`\'`)}'`;
const named = (part: string, name: string): string => `${part}.\`${name.replaceAll('`', '')}\``;
const opposite: Record<Exclude<Operator, ':'>, string> = { '=': '!=', '>': '<=', '<': '>=', '>=': '<', '<=': '>' };

function compare(key: string, clause: Clause, value: string): string {
  const { operator, negated } = clause;
  const sign = operator === ':' ? '=' : operator;
  return `${key} ${negated ? opposite[sign] : sign} ${value}`;
}

function attributeClause(column: string, attribute: string, clause: Clause): string {
  const key = `attributes.${attribute}`;
  if (isTime(column) || clause.operator !== ':' || clause.negated) return compare(key, clause, text(clause.value));
  return `${key} ILIKE ${text(`%${clause.value}%`)}`;
}

const parts = { metrics: 'metrics', parameters: 'params', params: 'params', tags: 'tags' } as const;

/** What was logged under a name: as a metric or a parameter where a number is asked for, as text elsewhere. */
function loggedClause(column: string, clause: Clause): string {
  const [, prefix, rest = ''] = /^(metrics|parameters|params|tags)\.(.+)$/.exec(column) ?? [];
  const part = prefix === undefined ? undefined : parts[prefix as keyof typeof parts];
  const name = part === undefined ? column : rest;
  const isNumber = clause.value.trim() !== '' && Number.isFinite(Number(clause.value));
  const one = (each: 'metrics' | 'params' | 'tags'): string => {
    const key = named(each, name);
    if (isNumber && (each === 'metrics' || (clause.operator !== ':' && clause.operator !== '=')))
      return compare(key, clause, clause.value);
    return clause.operator === ':' && !clause.negated
      ? `${key} ILIKE ${text(`%${clause.value}%`)}`
      : compare(key, clause, text(clause.value));
  };
  if (part !== undefined) return one(part);
  const among = isNumber ? (['metrics', 'params'] as const) : (['params', 'tags'] as const);
  return `(${among.map(one).join(clause.negated ? ' AND ' : ' OR ')})`;
}

function searched(clause: Clause): string {
  const { column, value } = clause;
  if (column === undefined)
    return `(${['run_name', 'run_id', 'user_id'].map((key) => `attributes.${key} ILIKE ${text(`%${value}%`)}`).join(' OR ')})`;
  const attribute = columns[column]?.[0];
  return attribute === undefined ? loggedClause(column, clause) : attributeClause(column, attribute, clause);
}

/** A text that is held by nothing: only whole texts can be asked to be other. */
const isLocal = ({ column, operator, negated }: Clause): boolean =>
  negated && operator === ':' && column !== 'state' && (column === undefined || !isTime(column));

function orderOf(sort: string): RunOrder[] {
  const { column, descending } = parseSort(sort) ?? { column: '', descending: false };
  if (column === '') return [];
  const by = columns[column]?.[1];
  if (by !== undefined) return [{ by, descending }];
  const [, part, key = ''] = /^(metrics|parameters|tags)\.(.+)$/.exec(column) ?? [];
  if (part === 'parameters') return [{ by: 'parameter', key, descending }];
  if (part === 'tags') return [{ by: 'tag', key, descending }];
  return [{ by: 'metric', key: part === undefined ? column : key, descending }];
}

/** Reads the table's filter (`auc>0.9 state:failed started>yesterday`), its order and the range of the top bar. */
export function runSearch(q: string, sort: string, range: TimeRange | undefined): RunSearch {
  const clauses = parseFilter(q, 'any').filter(({ value }) => value !== '');
  const experiments = clauses.filter(({ column }) => column === 'experiment');
  const others = clauses.filter(({ column }) => column !== 'experiment');
  const bounds =
    range === undefined
      ? []
      : [
          `attributes.start_time >= ${range.fromMs}`,
          ...(Number.isFinite(range.toMs) ? [`attributes.start_time < ${range.toMs}`] : []),
        ];
  return {
    filter: [...others.filter((clause) => !isLocal(clause)).map(searched), ...bounds].join(' AND '),
    order: orderOf(sort),
    local: others.filter(isLocal),
    experiments,
  };
}

/**
 * Ordering by values that may be absent, with pages by keyset. Each key sorts first by rank, ascending whatever the
 * direction (0 a value, 1 no number, 2 nothing there), then by its value; the tie-breakers at the end make every row's
 * place its own.
 */
import { sql, type Expression, type RawBuilder, type SqlBool } from 'kysely';

export interface RankedKey {
  readonly rank: Expression<unknown>;
  readonly value: Expression<unknown>;
  readonly descending: boolean;
}

/** Where a row stands in the order; parts of a page token. */
export type Position = readonly (string | number | null)[];

interface Column {
  readonly name: string;
  readonly descending: boolean;
}

export interface RankedOrder {
  /** `, rank as o0r, value as o0v …`, to be selected beside the rows. */
  readonly selected: RawBuilder<unknown>;
  readonly orderBy: RawBuilder<unknown>;
  /** Holds for rows that come after a position. */
  beyond(position: Position): RawBuilder<SqlBool>;
  positionOf(row: Readonly<Record<string, unknown>>): Position;
}

export function rankedOrder(keys: readonly RankedKey[], ties: readonly Column[]): RankedOrder {
  const selected = keys.map(
    ({ rank, value }, index) => sql`, ${rank} as ${sql.ref(`o${index}r`)}, ${value} as ${sql.ref(`o${index}v`)}`,
  );
  const columns: Column[] = [
    ...keys.flatMap(({ descending }, index) => [
      { name: `o${index}r`, descending: false },
      { name: `o${index}v`, descending },
    ]),
    ...ties,
  ];
  return {
    selected: selected.length > 0 ? sql.join(selected, sql``) : sql``,
    orderBy: sql.join(
      columns.map(({ name, descending }) => sql`${sql.ref(name)} ${sql.raw(descending ? 'desc' : 'asc')}`),
    ),
    beyond: (position) => beyond(columns, position),
    positionOf: (row) =>
      columns.map(({ name }) => {
        const value = row[name];
        return typeof value === 'string' || typeof value === 'number' ? value : null;
      }),
  };
}

function beyond(columns: readonly Column[], position: Position): RawBuilder<SqlBool> {
  const cases: RawBuilder<SqlBool>[] = [];
  let equal: RawBuilder<SqlBool>[] = [];
  columns.forEach(({ name, descending }, index) => {
    const value = position[index] ?? null;
    const operand = sql.ref(name);
    if (value !== null) {
      const further = sql<SqlBool>`${operand} ${sql.raw(descending ? '<' : '>')} ${value}`;
      cases.push(sql<SqlBool>`(${sql.join([...equal, further], sql` and `)})`);
    }
    equal = [...equal, value === null ? sql<SqlBool>`${operand} is null` : sql<SqlBool>`${operand} = ${value}`];
  });
  return cases.length > 0 ? sql<SqlBool>`(${sql.join(cases, sql` or `)})` : sql<SqlBool>`1 = 0`;
}

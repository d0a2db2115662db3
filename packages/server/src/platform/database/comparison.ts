import { sql, type Expression, type RawBuilder, type SqlBool } from 'kysely';
import type { Comparison, Filter } from '#platform/filters/index.ts';
import type { DatabaseDialect } from './migrations.ts';
import { regularExpression } from './regular-expression.ts';

/** A filter as one condition; `condition` says what a clause means. */
export function filterCondition<Clause>(
  filter: Filter<Clause>,
  condition: (clause: Clause) => Expression<SqlBool>,
): Expression<SqlBool> {
  if ('clause' in filter) return condition(filter.clause);
  const [parts, joint, ofNothing] = 'and' in filter ? [filter.and, sql` and `, 1] : [filter.or, sql` or `, 0];
  if (parts.length === 0) return sql<SqlBool>`1 = ${sql.lit(ofNothing)}`;
  return sql<SqlBool>`(${sql.join(
    parts.map((part) => filterCondition(part, condition)),
    joint,
  )})`;
}

/**
 * Whether one of `rows` (`select 1 from … where …`) has a text that compares; where there is no row the value is null.
 * A number compares with texts that are numbers.
 */
export function compareNamed(
  dialect: DatabaseDialect,
  rows: RawBuilder<unknown>,
  operand: Expression<unknown>,
  given: Comparison,
): Expression<SqlBool> {
  if (given.comparator === 'IS NULL') return sql<SqlBool>`not exists (${rows})`;
  if (given.comparator === 'IS NOT NULL') return sql<SqlBool>`exists (${rows})`;
  const compared =
    typeof given.value === 'number' ? compareAsNumber(dialect, operand, given) : compare(dialect, operand, given);
  return sql<SqlBool>`exists (${rows} and ${compared})`;
}

/** A text compared as the number that it is; false where it is none. */
export function compareAsNumber(
  dialect: DatabaseDialect,
  operand: Expression<unknown>,
  given: Comparison,
): Expression<SqlBool> {
  const pattern = '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$';
  const isNumber = dialect === 'sqlite' ? sql`regexp(${pattern}, ${operand})` : sql`${operand} ~ ${pattern}`;
  const number = dialect === 'sqlite' ? sql`cast(${operand} as real)` : sql`cast(${operand} as double precision)`;
  return sql<SqlBool>`case when ${isNumber} then ${compare(dialect, number, given)} else false end`;
}

/** `operand` compared as MLflow compares: LIKE minds case, ILIKE does not, RLIKE is a regular expression. */
export function compare(
  dialect: DatabaseDialect,
  operand: Expression<unknown>,
  given: Comparison,
): Expression<SqlBool> {
  const { comparator, value } = given;
  const sqlite = dialect === 'sqlite';
  switch (comparator) {
    case 'IS NULL':
      return sql<SqlBool>`${operand} is null`;
    case 'IS NOT NULL':
      return sql<SqlBool>`${operand} is not null`;
    case 'IN':
    case 'NOT IN': {
      const list = sql.join(Array.isArray(value) ? value : [value]);
      return comparator === 'IN' ? sql<SqlBool>`${operand} in (${list})` : sql<SqlBool>`${operand} not in (${list})`;
    }
    case 'LIKE':
      // SQLite's LIKE minds no case of ASCII letters; GLOB does.
      return sqlite
        ? sql<SqlBool>`${operand} glob ${globOf(String(value))}`
        : sql<SqlBool>`${operand} like ${likeOf(String(value))}`;
    case 'ILIKE':
      return sqlite
        ? sql<SqlBool>`${operand} like ${likeOf(String(value))} escape '\\'`
        : sql<SqlBool>`${operand} ilike ${likeOf(String(value))}`;
    case 'RLIKE': {
      const pattern = regularExpression(String(value)).source;
      return sqlite ? sql<SqlBool>`regexp(${pattern}, ${operand})` : sql<SqlBool>`${operand} ~ ${pattern}`;
    }
    default: {
      // PostgreSQL reads a number as of its column's type, and whole numbers take no fraction.
      const wide = !sqlite && typeof value === 'number' && !Number.isSafeInteger(value);
      return sql<SqlBool>`${operand} ${sql.raw(comparator)} ${wide ? sql`${value}::double precision` : value}`;
    }
  }
}

/** A pattern of LIKE whose last backslash escapes something. */
function likeOf(pattern: string): string {
  return /(?<!\\)(?:\\\\)*\\$/.test(pattern) ? `${pattern}\\` : pattern;
}

/** A pattern of LIKE as one of GLOB: `%` and `_` become `*` and `?`, what GLOB would read is quoted. */
function globOf(pattern: string): string {
  return pattern.replaceAll(/\\[%_\\]|[%_*?[]/g, (part) => {
    if (part === '%') return '*';
    if (part === '_') return '?';
    return part.length === 2 ? part.slice(1) : `[${part}]`;
  });
}

import { sql, type Expression, type SqlBool } from 'kysely';
import type { DatabaseDialect } from './migrations.ts';

export type Comparator =
  | '='
  | '!='
  | '>'
  | '>='
  | '<'
  | '<='
  | 'LIKE'
  | 'ILIKE'
  | 'RLIKE'
  | 'IN'
  | 'NOT IN'
  | 'IS NULL'
  | 'IS NOT NULL';

/** A value compared with what stands there: text, a number, a list for IN; nothing for IS NULL. */
export interface Comparison {
  readonly comparator: Comparator;
  readonly value?: string | number | readonly string[];
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
        : sql<SqlBool>`${operand} like ${String(value)}`;
    case 'ILIKE':
      return sqlite
        ? sql<SqlBool>`${operand} like ${String(value)} escape '\\'`
        : sql<SqlBool>`${operand} ilike ${String(value)}`;
    case 'RLIKE':
      return sqlite ? sql<SqlBool>`regexp(${String(value)}, ${operand})` : sql<SqlBool>`${operand} ~ ${String(value)}`;
    default:
      return sql<SqlBool>`${operand} ${sql.raw(comparator)} ${value}`;
  }
}

/** A pattern of LIKE as one of GLOB: `%` and `_` become `*` and `?`, what GLOB would read is quoted. */
function globOf(pattern: string): string {
  return pattern.replaceAll(/\\[%_\\]|[%_*?[]/g, (part) => {
    if (part === '%') return '*';
    if (part === '_') return '?';
    return part.length === 2 ? part.slice(1) : `[${part}]`;
  });
}

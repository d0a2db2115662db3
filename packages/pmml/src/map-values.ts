import type { Expression, Scope } from './scope.ts';
import { dataTypeNamed, equalValues, literal, type Value } from './value.ts';
import { attributeOf, childOf, childrenOf, requiredChild, type XmlElement } from './xml.ts';

/** The cell of an inline table's row by the column's name, whatever its namespace. */
function cell(row: XmlElement, column: string): string | undefined {
  return childOf(row, column.slice(column.indexOf(':') + 1))?.text;
}

/** A table from the values of some fields to one. */
export function compileMapValues(element: XmlElement, scope: Scope): Expression {
  const pairs = childrenOf(element, 'FieldColumnPair').map((pair) => ({
    field: scope.resolve(attributeOf(pair, 'field')),
    column: attributeOf(pair, 'column'),
  }));
  const output = attributeOf(element, 'outputColumn');
  const dataType = dataTypeNamed(element.attributes['dataType'], 'string');
  const valueOf = (text: string | undefined): Value => (text === undefined ? null : literal(text, dataType));
  const rows = childrenOf(requiredChild(element, 'InlineTable'), 'row').map((row) => ({
    keys: pairs.map(({ field, column }) => literal(cell(row, column) ?? '', field.dataType)),
    value: valueOf(cell(row, output) ?? ''),
  }));
  const [missing, other] = [valueOf(element.attributes['mapMissingTo']), valueOf(element.attributes['defaultValue'])];
  const [only] = pairs;
  if (pairs.length === 1 && only !== undefined) {
    const table = new Map(rows.map(({ keys, value }) => [keys[0] ?? null, value]));
    return {
      dataType,
      compute: (frame) => {
        const key = frame.get(only.field.place);
        if (key === null) return missing;
        const found = table.get(key);
        return found === undefined ? other : found;
      },
    };
  }
  return {
    dataType,
    compute: (frame) => {
      const keys = pairs.map(({ field }) => frame.get(field.place));
      if (keys.includes(null)) return missing;
      const row = rows.find((each) => each.keys.every((key, index) => equalValues(key, keys[index] ?? null)));
      return row === undefined ? other : row.value;
    },
  };
}

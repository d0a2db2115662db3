import { asciiJson } from '../codecs/ascii-json.ts';
import type { FieldValue } from './field-check.ts';
import { shortFloat32, type JsonText } from '../codecs/json-text.ts';

/** Writes a record of these names whose values begin at `offset`; NaN is written as null. */
export type RecordJson = (text: JsonText, values: ArrayLike<FieldValue>, offset: number) => void;

/** `isFloat32`: the values are numbers of single precision. */
export function compileRecordJson(names: readonly string[], isFloat32: boolean): RecordJson {
  const keys = names.map((name, index) => `${index === 0 ? '' : ','}${asciiJson(name)}:`);
  return (text, values, offset) => {
    text.raw('{');
    for (let index = 0; index < keys.length; index++) {
      const value = values[offset + index] ?? null;
      text.raw(keys[index] ?? '');
      if (typeof value === 'number') text.number(isFloat32 ? shortFloat32(value) : value);
      else if (typeof value === 'string') text.string(value);
      else text.raw(String(value));
    }
    text.raw('}');
  };
}

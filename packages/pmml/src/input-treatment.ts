import { PmmlError } from './pmml-error.ts';
import { castTo, equalValues, literal, type DataType, type Optype, type Value } from './value.ts';
import { attributeOf, childrenOf, numberAttribute, wordAttribute, type XmlElement } from './xml.ts';

/** What a field of the data dictionary declares. */
export interface DataField {
  readonly name: string;
  readonly dataType: DataType;
  readonly optype: Optype;
  readonly categories: readonly Value[];
  readonly isValid: (value: Value) => boolean;
  /** Values that stand for missing. */
  readonly isMissing: (value: Value) => boolean;
}

/** Bounds as `Interval` has them. */
export function compileInterval(element: XmlElement): (value: number) => boolean {
  const closure = attributeOf(element, 'closure');
  const left = numberAttribute(element, 'leftMargin', -Infinity);
  const right = numberAttribute(element, 'rightMargin', Infinity);
  const [isLeftClosed, isRightClosed] = [closure.startsWith('closed'), closure.endsWith('Closed')];
  return (value) => (isLeftClosed ? value >= left : value > left) && (isRightClosed ? value <= right : value < right);
}

export function readDataField(element: XmlElement): DataField {
  const dataType = attributeOf(element, 'dataType');
  const optype = wordAttribute(element, 'optype', ['continuous', 'categorical', 'ordinal']);
  const valuesThatAre = (property: string): Value[] =>
    childrenOf(element, 'Value')
      .filter((value) => (value.attributes['property'] ?? 'valid') === property)
      .map((value) => castTo(dataType)(attributeOf(value, 'value')) ?? attributeOf(value, 'value'));
  const [valid, invalid, missing] = [valuesThatAre('valid'), valuesThatAre('invalid'), valuesThatAre('missing')];
  const among = (values: readonly Value[], value: Value) => values.some((each) => equalValues(each, value));
  const intervals = childrenOf(element, 'Interval').map(compileInterval);
  return {
    name: attributeOf(element, 'name'),
    dataType,
    optype,
    categories: valid,
    isMissing: (value) => among(missing, value),
    isValid: (value) => {
      if (typeof value === 'number' && Number.isNaN(value)) return false;
      if (among(invalid, value)) return false;
      if (valid.length === 0 && intervals.length === 0) return true;
      return among(valid, value) || (typeof value === 'number' && intervals.some((within) => within(value)));
    },
  };
}

/** What a mining field does to a value before the model sees it; null where it does nothing but refuse invalid ones. */
export interface Treatment {
  readonly field: DataField | undefined;
  /** Throws `PmmlError` for values that are refused. */
  readonly apply: (value: Value) => Value;
  readonly isDefault: boolean;
}

function outlierTreatment(element: XmlElement): (value: Value) => Value {
  const method = wordAttribute(element, 'outliers', ['asIs', 'asMissingValues', 'asExtremeValues']);
  if (method === 'asIs') return (value) => value;
  const low = numberAttribute(element, 'lowValue', -Infinity);
  const high = numberAttribute(element, 'highValue', Infinity);
  return (value) => {
    if (typeof value !== 'number' || (value >= low && value <= high)) return value;
    return method === 'asMissingValues' ? null : Math.min(high, Math.max(low, value));
  };
}

const missingMethods = ['asIs', 'asMean', 'asMode', 'asMedian', 'asValue', 'returnInvalid'] as const;
const invalidMethods = ['returnInvalid', 'asIs', 'asMissing', 'asValue'] as const;

/** `field` is undefined where the name stands for what another model gave. */
export function readTreatment(element: XmlElement, field: DataField | undefined, dataType: DataType): Treatment {
  const name = attributeOf(element, 'name');
  const cast = castTo(dataType);
  const outliers = outlierTreatment(element);
  const missing = wordAttribute(element, 'missingValueTreatment', missingMethods);
  const invalid = wordAttribute(element, 'invalidValueTreatment', invalidMethods);
  const replacementOf = (attribute: string): Value => {
    const text = element.attributes[attribute];
    return text === undefined ? null : literal(text, dataType);
  };
  const [missingReplacement, invalidReplacement] = [
    replacementOf('missingValueReplacement'),
    replacementOf('invalidValueReplacement'),
  ];
  const treatMissing = (): Value => {
    if (missing === 'returnInvalid') throw new PmmlError(`The field "${name}" is missing.`);
    return missingReplacement;
  };
  const treatInvalid = (value: Value, isOfType: boolean): Value => {
    if (invalid === 'asMissing') return treatMissing();
    if (invalid === 'asValue') return invalidReplacement;
    if (invalid === 'asIs' && isOfType) return invalidReplacement ?? value;
    throw new PmmlError(`The value ${JSON.stringify(value)} of the field "${name}" is invalid.`);
  };
  return {
    field,
    isDefault:
      ['outliers', 'missingValueReplacement', 'missingValueTreatment'].every(
        (attribute) => element.attributes[attribute] === undefined,
      ) && invalid === 'returnInvalid',
    apply: (raw) => {
      if (raw === null || field?.isMissing(raw) === true) return treatMissing();
      const value = cast(raw);
      if (value === undefined) return treatInvalid(raw, false);
      if (field?.isMissing(value) === true) return treatMissing();
      if (field?.isValid(value) === false) return treatInvalid(value, true);
      const treated = outliers(value);
      return treated === null ? treatMissing() : treated;
    },
  };
}

import type { ModelSignature, TensorDatatype } from '@mulle/contract';
import type { DataType, PmmlModel, Result, Value } from '@mulle/pmml';

const numeric: ReadonlySet<DataType> = new Set(['integer', 'float', 'double', 'boolean']);

export const isNumeric = (dataType: DataType): boolean => numeric.has(dataType);

/** Text is BYTES, and so are moments, written as ISO 8601; all else is FP64, which has a value for what is missing. */
function datatypeOf(dataType: DataType): TensorDatatype {
  return isNumeric(dataType) ? 'FP64' : 'BYTES';
}

/** A value that a tensor carries as the model reads it: NaN and empty text are missing. */
export function inputValue(value: string | number | bigint | boolean | undefined): Value {
  if (typeof value === 'number') return Number.isNaN(value) ? null : value;
  return value === '' || value === undefined ? null : String(value);
}

/** One column of a model's answer. */
export interface PmmlOutput {
  readonly name: string;
  readonly datatype: TensorDatatype;
  readonly of: (result: Result) => Value;
}

/**
 * What a model answers, by name: its target, then the fields of its `Output`. A classification whose document names none
 * gives the probability of each category too.
 */
export function outputsOf({ target, outputs, isClassification }: PmmlModel): PmmlOutput[] {
  const own = outputs.map(({ name, dataType }) => ({
    name,
    // Moments are computed as numbers.
    datatype: dataType === 'string' ? ('BYTES' as const) : ('FP64' as const),
    of: ({ outputs: values }: Result) => values[name] ?? null,
  }));
  const name = target?.name ?? 'prediction';
  const predicted = { name, datatype: datatypeOf(target?.dataType ?? 'string'), of: ({ value }: Result) => value };
  const categories = isClassification && outputs.length === 0 ? (target?.categories ?? []) : [];
  const probabilities = categories.map((category) => ({
    name: `probability(${String(category)})`,
    datatype: 'FP64' as const,
    of: (result: Result) => result.probabilities?.get(String(category)) ?? null,
  }));
  return own.some((output) => output.name === name) ? own : [predicted, ...own, ...probabilities];
}

/** The named tensors that a model takes and gives, a value a row each. */
export function pmmlSignature(model: PmmlModel): ModelSignature {
  const spec = (name: string, datatype: TensorDatatype) => ({ name, datatype, shape: [-1] });
  return {
    inputs: model.inputs.map(({ name, dataType }) => spec(name, datatypeOf(dataType))),
    outputs: outputsOf(model).map(({ name, datatype }) => spec(name, datatype)),
  };
}

import type { ModelSignature, TensorDatatype, TensorSpec } from '@mulle/contract';

/** Column types of MLflow: https://mlflow.org/docs/latest/ml/model/signatures/ */
const columnDatatypes: Readonly<Record<string, TensorDatatype>> = {
  boolean: 'BOOL',
  integer: 'INT32',
  long: 'INT64',
  float: 'FP32',
  double: 'FP64',
  string: 'BYTES',
  binary: 'BYTES',
};

/** Types of NumPy by name; texts have their length behind it. */
const elementDatatypes: Readonly<Record<string, TensorDatatype>> = {
  bool: 'BOOL',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  float16: 'FP16',
  bfloat16: 'BF16',
  float32: 'FP32',
  float64: 'FP64',
  object: 'BYTES',
  str: 'BYTES',
  bytes: 'BYTES',
};

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isShape(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isInteger(size) && size >= -1);
}

/** Undefined for what is no tensor and no column of single values. */
function readSpec(entry: unknown, unnamed: string): TensorSpec | undefined {
  if (!isRecord(entry)) return undefined;
  const { name = unnamed, type, 'tensor-spec': tensor } = entry;
  if (typeof name !== 'string' || name === '') return undefined;
  if (type !== 'tensor') {
    const datatype = typeof type === 'string' ? columnDatatypes[type] : undefined;
    return datatype && { name, datatype, shape: [-1] };
  }
  const { dtype, shape } = isRecord(tensor) ? tensor : {};
  const datatype =
    typeof dtype === 'string' ? (elementDatatypes[dtype] ?? elementDatatypes[dtype.replace(/\d+$/, '')]) : undefined;
  return datatype && isShape(shape) ? { name, datatype, shape } : undefined;
}

/** What has no name goes by the kind of its list, and its place where it is not alone. */
function readSpecs(entries: readonly unknown[], kind: 'input' | 'output'): TensorSpec[] | null {
  const specs = entries.map((entry, place) => readSpec(entry, entries.length === 1 ? kind : `${kind}_${place}`));
  const known = specs.filter((spec) => spec !== undefined);
  return known.length === entries.length ? known : null;
}

/** Inputs and outputs as MLflow writes them into an `MLmodel`; null where one of the inputs cannot be a tensor. */
export function readModelSignature(inputs: readonly unknown[], outputs: readonly unknown[]): ModelSignature | null {
  const taken = readSpecs(inputs, 'input');
  return taken && taken.length > 0 ? { inputs: taken, outputs: readSpecs(outputs, 'output') ?? [] } : null;
}

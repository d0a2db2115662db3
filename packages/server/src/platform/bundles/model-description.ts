import type { ModelSignature } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { readModelSignature } from './model-signature.ts';

/** The file at the top of a bundle that says what it is: https://mlflow.org/docs/latest/ml/model/#storage-format */
export const modelFile = 'MLmodel';

/** What a model says of itself, as far as serving needs it. */
export interface ModelDescription {
  /** The model's own flavor; `python_function` where only that one is there. */
  readonly flavor: string;
  /** What the flavor noted, by name: paths within the bundle, classes, formats. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Columns of the signature's inputs; null where it has none, or takes tensors without names. */
  readonly columns: readonly { readonly name: string; readonly type: string }[] | null;
  /** The signature as tensors, a column being one of a value a row; null where there is none, or it holds other things. */
  readonly signature: ModelSignature | null;
  /** `3.11`; null where it is not noted. */
  readonly pythonVersion: string | null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(problem: string, cause?: unknown): MulleError {
  return new MulleError('invalid_argument', `The model's ${modelFile} ${problem}`, { cause });
}

/** Inputs or outputs of a signature, which are JSON text within the YAML; null where there are none. */
function listOf(text: unknown): unknown[] | null {
  if (typeof text !== 'string') return null;
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (cause) {
    throw invalid('has a signature that is no JSON.', cause);
  }
  if (Array.isArray(list)) return list;
  throw invalid('has a signature without a list of inputs.');
}

function columnsOf(columns: unknown[] | null): ModelDescription['columns'] {
  if (columns === null) return null;
  const named: { name: string; type: string }[] = [];
  for (const column of columns) {
    if (!isRecord(column) || typeof column['name'] !== 'string' || column['type'] === 'tensor') return null;
    const { name, type } = column;
    // Arrays and objects are described by more than a word.
    named.push({ name, type: typeof type === 'string' ? type : JSON.stringify(type) });
  }
  return named;
}

/** Reads the text of an `MLmodel`. Throws `invalid_argument` on one that does not parse or names no flavor. */
export async function describeModel(text: string): Promise<ModelDescription> {
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 });
  } catch (cause) {
    throw invalid(`does not parse: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  const { flavors = null, signature = null } = isRecord(value) ? value : {};
  const names = isRecord(flavors) ? Object.keys(flavors) : [];
  const flavor = names.find((name) => name !== 'python_function') ?? names[0];
  if (!isRecord(flavors) || flavor === undefined) throw invalid('names no flavor.');
  const settings = flavors[flavor];
  const generic = flavors['python_function'];
  const python = isRecord(generic) ? generic['python_version'] : undefined;
  const { inputs = null, outputs = null } = isRecord(signature) ? signature : {};
  const taken = listOf(inputs);
  return {
    flavor,
    settings: isRecord(settings) ? settings : {},
    columns: columnsOf(taken),
    signature: taken && readModelSignature(taken, listOf(outputs) ?? []),
    pythonVersion: typeof python === 'string' ? (/^\d+\.\d+/.exec(python)?.[0] ?? null) : null,
  };
}

/** What the form of an endpoint's inputs sends, made from its definition. */
import type { EndpointDefinition, Field, TensorSpec } from '@mulle/contract';

type Definition = Pick<EndpointDefinition, 'inputs' | 'tensors'>;

/** What is typed, by the name of the field or tensor. */
export type Typed = Readonly<Record<string, string>>;

const isText = ({ datatype }: TensorSpec): boolean => datatype === 'BYTES';

/** Zeros in the tensor's shape, a size that is free being one. */
function zeros(tensor: TensorSpec): unknown {
  const zero = isText(tensor) ? 'text' : tensor.datatype === 'BOOL' ? false : 0;
  return tensor.shape.reduceRight<unknown>(
    (inner, size) => Array.from({ length: Math.max(1, size) }, () => inner),
    zero,
  );
}

function startOf(field: Field, nowMs: number): string {
  if (field.values?.[0] !== undefined) return field.values[0];
  switch (field.type) {
    case 'boolean':
      return 'false';
    case 'timestamp':
      return new Date(nowMs).toISOString();
    case 'string':
      return '';
    default:
      return String(Math.max(field.minimum ?? 0, Math.min(field.maximum ?? 1, 1)));
  }
}

/** What the form holds before anything is typed: something that each field takes. */
export function firstTyped({ inputs, tensors }: Definition, nowMs: number): Typed {
  if (tensors !== undefined)
    return Object.fromEntries(tensors.inputs.map((tensor) => [tensor.name, JSON.stringify(zeros(tensor))]));
  return Object.fromEntries(inputs.map((field) => [field.name, startOf(field, nowMs)]));
}

export type Request = { readonly body: Record<string, unknown> } | { readonly problem: string };

/** The body that is sent; `problem` names the field whose text cannot be its value. */
export function requestOf(definition: Definition, typed: Typed): Request {
  return definition.tensors === undefined
    ? recordRequest(definition.inputs, typed)
    : tensorRequest(definition.tensors.inputs, typed);
}

function recordRequest(fields: readonly Field[], typed: Typed): Request {
  const input: Record<string, unknown> = {};
  for (const field of fields) {
    const text = typed[field.name]?.trim() ?? '';
    if (text === '' && field.type !== 'string') {
      if (field.nullable !== true) return { problem: field.name };
      input[field.name] = null;
    } else if (field.type === 'number' || field.type === 'integer') {
      if (!Number.isFinite(Number(text))) return { problem: field.name };
      input[field.name] = Number(text);
    } else input[field.name] = field.type === 'boolean' ? text === 'true' : text;
  }
  return { body: { input } };
}

function tensorRequest(tensors: readonly TensorSpec[], typed: Typed): Request {
  const inputs: unknown[] = [];
  for (const { name, datatype } of tensors) {
    try {
      const data: unknown = JSON.parse(typed[name] ?? '');
      const shape = shapeOf(data);
      if (shape.length === 0) return { problem: name };
      inputs.push({ name, datatype, shape, data });
    } catch {
      return { problem: name };
    }
  }
  return { body: { inputs } };
}

/** Sizes of nested lists, by their first elements. */
function shapeOf(data: unknown): number[] {
  return Array.isArray(data) ? [data.length, ...shapeOf(data[0])] : [];
}

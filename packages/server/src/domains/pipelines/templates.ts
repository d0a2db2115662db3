import { MulleError } from '#kernel/errors.ts';

/**
 * `${parameters.NAME}` and `${tasks.TASK.OUTPUT}` in text values. Names of tasks and parameters may hold dots; an
 * output's name may not, so the last dot divides. What is put in is never read again for templates.
 */
const template = /\$\{([^}]*)\}/g;
const parameterForm = /^parameters\.([A-Za-z0-9][A-Za-z0-9._-]*)$/;
const outputForm = /^tasks\.([A-Za-z0-9][A-Za-z0-9._-]*)\.([A-Za-z_][A-Za-z0-9_]*)$/;

type Reference = { kind: 'parameter'; name: string } | { kind: 'output'; task: string; output: string };

function readReference(text: string): Reference | undefined {
  const parameter = parameterForm.exec(text)?.[1];
  if (parameter !== undefined) return { kind: 'parameter', name: parameter };
  const [, task, output] = outputForm.exec(text) ?? [];
  return task === undefined || output === undefined ? undefined : { kind: 'output', task, output };
}

function mapText(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((item) => mapText(item, map));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapText(item, map)]));
}

export interface TemplateReferences {
  readonly parameters: string[];
  readonly outputs: { readonly task: string; readonly output: string }[];
  /** Templates that are of neither form, as written. */
  readonly unreadable: string[];
}

/** Every template in the text values of `value`, at any depth. */
export function templateReferences(value: unknown): TemplateReferences {
  const found: TemplateReferences = { parameters: [], outputs: [], unreadable: [] };
  mapText(value, (text) => {
    for (const [whole, inner] of text.matchAll(template)) {
      const reference = readReference(inner ?? '');
      if (reference === undefined) found.unreadable.push(whole);
      else if (reference.kind === 'parameter') found.parameters.push(reference.name);
      else found.outputs.push({ task: reference.task, output: reference.output });
    }
    return text;
  });
  return found;
}

/** What templates may refer to. */
export interface TemplateScope {
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Outputs of succeeded tasks by task name. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const own = <T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'null');
}

/**
 * A copy of `value` with every template replaced: text as it is, everything else as JSON. Throws `invalid_argument`
 * on a template that refers to nothing.
 */
export function resolveTemplates(value: unknown, scope: TemplateScope): unknown {
  const replace = (whole: string, inner: string): string => {
    const reference = readReference(inner);
    const found =
      reference?.kind === 'parameter'
        ? own(scope.parameters, reference.name)
        : reference && own(own(scope.outputs, reference.task), reference.output);
    if (found === undefined) {
      throw new MulleError('invalid_argument', `${whole} refers to nothing that is there when the task starts.`);
    }
    return textOf(found);
  };
  return mapText(value, (text) => text.replaceAll(template, replace));
}

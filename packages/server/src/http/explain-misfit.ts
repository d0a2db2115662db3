import { patternInWords } from '@mulle/contract';
import type { TSchema } from 'typebox';
import { Errors } from 'typebox/schema';
import { Settings } from 'typebox/system';
import { MulleError } from '#kernel/errors.ts';

/** One thing that is wrong, as TypeBox reports it. */
type Problem = ReturnType<typeof Errors>[1][number];

/** `/sources/0/name` as `sources[0].name`. */
function fieldName(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, step) => (/^\d+$/.test(step) ? `${path}[${step}]` : path === '' ? step : `${path}.${step}`), '');
}

/** Children of a union report one by one: keep those of the forms whose discriminating constants fit. */
function withoutMisfits(problems: readonly Problem[]): Problem[] {
  const dropped = new Set<Problem>();
  for (const union of problems.filter((problem) => problem.keyword === 'anyOf')) {
    const prefix = `${union.schemaPath}/anyOf/`;
    const forms = new Map<string, Problem[]>();
    for (const problem of problems) {
      if (!problem.schemaPath.startsWith(prefix)) continue;
      const form = problem.schemaPath.slice(prefix.length).split('/', 1)[0] ?? '';
      forms.set(form, [...(forms.get(form) ?? []), problem]);
    }
    const depth = union.instancePath.split('/').length + 1;
    const fitting = [...forms.values()].filter(
      (form) =>
        !form.some(({ keyword, instancePath }) => keyword === 'const' && instancePath.split('/').length <= depth),
    );
    const [only] = fitting;
    const kept = new Set(fitting.length === 1 && only !== undefined ? only : []);
    for (const form of forms.values()) for (const problem of form) if (!kept.has(problem)) dropped.add(problem);
    if (kept.size > 0) dropped.add(union);
  }
  return problems.filter((problem) => !dropped.has(problem));
}

/** Values that a union's forms ask for where `path` names the choice: `kind: one of "file", "outcomes"`. */
function choices(problems: readonly Problem[], union: Problem): string {
  const constants = problems.filter(
    (problem) => problem.keyword === 'const' && problem.schemaPath.startsWith(`${union.schemaPath}/anyOf/`),
  );
  const path = constants[0]?.instancePath;
  const values = constants.flatMap((problem) =>
    problem.keyword === 'const' && problem.instancePath === path ? [JSON.stringify(problem.params.allowedValue)] : [],
  );
  if (path === undefined || values.length === 0) return `${fieldName(union.instancePath)}: fits none of its forms`;
  return `${fieldName(path)}: must be one of ${[...new Set(values)].join(', ')}`;
}

function describe(problem: Problem, problems: readonly Problem[]): string {
  const field = fieldName(problem.instancePath);
  const at = (text: string): string => (field === '' ? text : `${field}: ${text}`);
  switch (problem.keyword) {
    case 'required': {
      const names = problem.params.requiredProperties.map((name) => (field === '' ? name : `${field}.${name}`));
      return `${names.join(', ')}: missing`;
    }
    case 'anyOf':
      return choices(problems, problem);
    case 'enum':
      return at(`must be one of ${problem.params.allowedValues.map((value) => JSON.stringify(value)).join(', ')}`);
    case 'const':
      return at(`must be ${JSON.stringify(problem.params.allowedValue)}`);
    case 'pattern':
      return at(patternInWords(String(problem.params.pattern)));
    default:
      return at(problem.message);
  }
}

function unknownField(problems: readonly Problem[], what: string): MulleError | undefined {
  for (const problem of problems) {
    if (problem.keyword !== 'additionalProperties') continue;
    const prefix = problem.instancePath === '' ? '' : `${fieldName(problem.instancePath)}.`;
    const fields = problem.params.additionalProperties.map((name) => prefix + name);
    return new MulleError(
      'unknown_field',
      `The ${what} has no field ${fields.join(', ')}. Leave it out, or correct it.`,
      {
        details: { fields },
      },
    );
  }
  return undefined;
}

// The default of 8 cuts the list off within one large union, before its fitting form.
Settings.Set({ maxErrors: 512 });

/**
 * The error for a value that does not fit `schema`: `unknown_field`, or `invalid_argument` with every field that is
 * wrong in the sentence and in `details.fields`. `what` is the word for the whole: body, query, path.
 */
export function explainMisfit(schema: TSchema, value: unknown, what: string): MulleError {
  const problems = Errors(schema, value)[1].filter((problem) => problem.keyword !== 'boolean');
  const relevant = withoutMisfits(problems);
  const unknown = unknownField(relevant, what);
  if (unknown) return unknown;
  const sentences = relevant.slice(0, 5).map((problem) => describe(problem, problems));
  const fields = [...new Set(relevant.map((problem) => fieldName(problem.instancePath)).filter((name) => name !== ''))];
  return new MulleError('invalid_argument', `The ${what} is not valid. ${sentences.join('; ')}.`, {
    details: { fields },
  });
}

import { Value } from 'typebox/value';
import type { Static, TObject } from 'typebox';
import { MulleError } from '#kernel/errors.ts';

/** Fills in defaults and checks; throws `invalid_argument` that names each hyperparameter that is wrong. */
export function parseHyperparameters<Schema extends TObject>(
  algorithm: string,
  schema: Schema,
  given: Readonly<Record<string, unknown>>,
): Static<Schema> {
  const filled = Value.Default(schema, { ...given });
  if (Value.Check(schema, filled)) return filled;
  const wrong = Value.Errors(schema, filled).map(({ instancePath, message, params }) => {
    const unknown = 'additionalProperties' in params ? ` (${params.additionalProperties.join(', ')})` : '';
    return `${instancePath.slice(1) || 'hyperparameters'} ${message}${unknown}`;
  });
  const known = Object.keys(schema.properties).join(', ') || 'none';
  throw new MulleError('invalid_argument', `${algorithm}: ${wrong.join('; ')}. Known hyperparameters: ${known}.`);
}

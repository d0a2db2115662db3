import { posix } from 'node:path';
import { invalidParameter } from './mlflow-error.ts';
import { missingField, optionalText, type Fields } from './request-fields.ts';

const keyCharacters = 250;

/**
 * A name of a metric, parameter or tag, in MLflow's words where it is none. `place` is where it stands in the request;
 * `what` names it where it is too long.
 */
export function loggedKey(fields: Fields, place = '', what = `${place}key`): string {
  const key = optionalText(fields, 'key');
  if (key === undefined || key === '') throw missingField(`${place}key`);
  const invalid = (reason: string) =>
    invalidParameter(`Invalid value ${JSON.stringify(key)} for parameter '${place}key' supplied: ${reason}`);
  if (!/^[/\w.\- :]*$/u.test(key.normalize('NFC').replaceAll(/[\p{L}\p{N}]/gu, 'a'))) {
    throw invalid(
      'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).',
    );
  }
  const plain = posix.normalize(key);
  if (plain !== key || plain === '.' || plain.startsWith('..') || plain.startsWith('/')) {
    throw invalid(
      `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${plain}'`,
    );
  }
  if (key.length <= keyCharacters) return key;
  throw invalidParameter(`'${what}' exceeds the maximum length of ${keyCharacters} characters`);
}

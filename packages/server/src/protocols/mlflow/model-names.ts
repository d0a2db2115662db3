/** What MLflow lets a registered model, an alias and a source be named, with its messages. */
import { posix } from 'node:path';
import { invalidParameter } from './mlflow-error.ts';
import { text, type Fields } from './request-fields.ts';

const aliasCharacters = 255;

export function modelName(fields: Fields, field = 'name'): string {
  const name = text(fields, field);
  if (name.trim() === '') throw invalidParameter(`Missing value for required parameter '${field}'.`);
  if (/[/:]/.test(name)) {
    throw invalidParameter(`Invalid model name '${name}'. Names cannot contain '/' or ':'.`);
  }
  if (name === '.' || name === '..') {
    throw invalidParameter(
      `Invalid value ${JSON.stringify(name)} for parameter '${field}' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${posix.normalize(name)}'`,
    );
  }
  return name;
}

export function versionNumber(fields: Fields): number {
  const version = text(fields, 'version');
  if (/^\d+$/.test(version)) return Number(version);
  throw invalidParameter(`Parameter 'version' must be an integer, got '${version}'.`);
}

export function aliasName(fields: Fields): string {
  const alias = text(fields, 'alias');
  if (!/^[\w-]*$/u.test(alias)) {
    throw invalidParameter(
      `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    );
  }
  if (alias.length > aliasCharacters) {
    throw invalidParameter(`'Registered model alias name' exceeds the maximum length of ${aliasCharacters} characters`);
  }
  return alias;
}

export function newAliasName(fields: Fields): string {
  const alias = aliasName(fields);
  if (alias.toLowerCase() === 'latest') {
    throw invalidParameter("'latest' alias name (case insensitive) is reserved.");
  }
  if (/^v\d+$/i.test(alias)) {
    throw invalidParameter(
      `Version alias name '${alias}' is reserved. Version alias names must not follow the pattern 'v' followed by an integer.`,
    );
  }
  return alias;
}

/** A source that leads nowhere else: no `..`, not even percent-encoded, no NUL. */
export function assertPlainSource(source: string): void {
  let plain = source;
  for (let decoded = unquoted(plain); decoded !== plain; decoded = unquoted(plain)) plain = decoded;
  const path = plain.replace(/^[a-z0-9+.-]+:(\/\/[^/]*)?/i, '').replaceAll(/\/+/g, '/');
  if (!plain.includes('\0') && !plain.split(/[/\\]/).includes('..') && !path.split('/').includes('.')) return;
  throw invalidParameter(
    `Invalid model version source: '${source}'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.`,
  );
}

function unquoted(text: string): string {
  return text
    .replaceAll('+', ' ')
    .replaceAll(/%[0-9a-f]{2}/gi, (code) => String.fromCodePoint(Number(`0x${code.slice(1)}`)));
}

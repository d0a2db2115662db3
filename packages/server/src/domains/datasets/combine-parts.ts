import { canonicalJson, type DatasetDefinition, type DatasetPart } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { sha256 } from '#kernel/ids.ts';

/** A half-open window [fromMs, toMs) of event time. */
interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

function covers(outer: Window, inner: Window): boolean {
  return outer.fromMs <= inner.fromMs && inner.toMs <= outer.toMs;
}

function overlap(a: Window, b: Window): boolean {
  return a.fromMs < b.toMs && b.fromMs < a.toMs;
}

function text({ fromMs, toMs }: Window): string {
  return `[${new Date(fromMs).toISOString()}, ${new Date(toMs).toISOString()})`;
}

/**
 * Parts of a new version: its parent's and the added ones, by event time. An added part takes the place of those of the
 * same source that its window covers. Parts inside a quarantined window are left out. Throws `invalid_argument` on an empty window
 * and where a window would cut one of the same source in two.
 */
export function combineParts(
  inherited: readonly DatasetPart[],
  added: readonly DatasetPart[],
  quarantined: readonly Window[],
): DatasetPart[] {
  let parts = [...inherited];
  for (const part of added) {
    if (part.fromMs >= part.toMs) {
      throw new MulleError('invalid_argument', `parts: a part has the empty window ${part.fromMs}…${part.toMs}.`);
    }
    parts = parts.filter((other) => other.source !== part.source || !covers(part, other));
    const cut = parts.find((other) => other.source === part.source && overlap(part, other));
    if (cut) {
      throw new MulleError('invalid_argument', `parts: ${text(part)} of ${part.source} cuts ${text(cut)} in two.`);
    }
    parts.push(part);
  }
  return parts
    .filter((part) => !quarantined.some((window) => covers(window, part)))
    .sort((a, b) => a.fromMs - b.fromMs || (a.source < b.source ? -1 : 1));
}

/** The address of a version: SHA-256 over its schema and its parts' windows and digests, in canonical JSON. */
export function versionId(definition: DatasetDefinition, parts: readonly DatasetPart[]): string {
  const { fields, eventTime } = definition;
  return sha256(
    canonicalJson({
      fields,
      eventTime,
      parts: parts.map(({ fromMs, toMs, digest, source }) => ({ fromMs, toMs, digest, source })),
    }),
  );
}

/** Parts of one version that the other does not have. */
export function missingFrom(parts: readonly DatasetPart[], others: readonly DatasetPart[]): DatasetPart[] {
  const key = ({ fromMs, toMs, digest, source }: DatasetPart): string => `${fromMs} ${toMs} ${digest} ${source}`;
  const known = new Set(others.map(key));
  return parts.filter((part) => !known.has(key(part)));
}

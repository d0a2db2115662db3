import type { Override } from '@mulle/contract';
import type { CompiledExpression } from '@mulle/decision/rules';

/** An override, compiled: what must hold, null where it does not matter. */
export interface ServingOverride {
  readonly name: string;
  readonly group: string;
  readonly units: ReadonlySet<string> | null;
  readonly keys: ReadonlySet<string> | null;
  readonly header: { readonly name: string; readonly value: string | null } | null;
  readonly cohort: CompiledExpression | null;
}

/** What overrides ask of a request; what is costly to make is made when it is asked for. */
export interface OverrideSubject {
  readonly unit: string;
  /** Id of the API key; null where none was shown. */
  readonly key: string | null;
  header(name: string): unknown;
  facts(): { input: Record<string, unknown>; feature: Record<string, unknown> };
}

const setOf = (values: readonly string[] | undefined): ReadonlySet<string> | null =>
  values === undefined ? null : new Set(values);

/** Null where there are none. Throws RangeError on an expression that cannot be used. */
export function compileOverrides(
  overrides: readonly Override[],
  compile: (source: string) => CompiledExpression,
): readonly ServingOverride[] | null {
  if (overrides.length === 0) return null;
  return overrides.map(({ name, group, units, keys, header, cohort }) => ({
    name,
    group,
    units: setOf(units),
    keys: setOf(keys),
    header: header === undefined ? null : { name: header.name, value: header.value ?? null },
    cohort: cohort === undefined ? null : compile(cohort),
  }));
}

/** The first override that holds and whose group is there. */
export function overrideOf(
  overrides: readonly ServingOverride[],
  groups: readonly { readonly name: string }[],
  subject: OverrideSubject,
): ServingOverride | undefined {
  return overrides.find((override) => groups.some(({ name }) => name === override.group) && holds(override, subject));
}

function holds({ units, keys, header, cohort }: ServingOverride, subject: OverrideSubject): boolean {
  if (units !== null && !units.has(subject.unit)) return false;
  if (keys !== null && (subject.key === null || !keys.has(subject.key))) return false;
  if (header !== null) {
    const given = subject.header(header.name);
    if (typeof given !== 'string' || (header.value !== null && given !== header.value)) return false;
  }
  return cohort === null || isIn(cohort, subject);
}

/** An expression that fails (a field is null, a type differs) holds for nobody: it must never take an answer down. */
function isIn(cohort: CompiledExpression, subject: OverrideSubject): boolean {
  try {
    return cohort.evaluate({ ...subject.facts(), enriched: {}, score: Number.NaN }) === true;
  } catch {
    return false;
  }
}

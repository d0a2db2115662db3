import { Type, type Static } from './type.ts';
import { Kpi, type KpiDefinition } from './kpi.ts';
import { fits } from './misfit.ts';
import { Name } from './names.ts';
import { ReleasePolicy } from './release-policy.ts';

/** A KPI by the name under which the project declares it; what stands beside the name holds for this use of it. */
export const KpiReference = Type.Object(
  {
    use: Name,
    role: Type.Optional(Kpi.properties.role),
    margin: Kpi.properties.margin,
    minimumEffect: Kpi.properties.minimumEffect,
  },
  { additionalProperties: false },
);
export type KpiReference = Static<typeof KpiReference>;

type WithNames<T> = T extends Kpi
  ? Kpi | KpiReference
  : T extends readonly (infer Item)[]
    ? WithNames<Item>[]
    : T extends object
      ? { [Key in keyof T]: WithNames<T[Key]> }
      : T;

/** The schema with a reference allowed wherever it holds a KPI, so that no strategy need know of references. */
function withNames(schema: object): object {
  if ('properties' in schema && schema.properties === Kpi.properties) {
    const either = Type.Union([Kpi, KpiReference]);
    return '~optional' in schema ? Type.Optional(either) : either;
  }
  const descriptors = Object.getOwnPropertyDescriptors(schema);
  for (const descriptor of Object.values(descriptors)) {
    const { value } = descriptor as { value: unknown };
    if (Array.isArray(value)) descriptor.value = value.map(inner);
    else descriptor.value = inner(value);
  }
  return Object.defineProperties({}, descriptors);
}

function inner(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? withNames(value) : value;
}

/** A release policy as people write it: each KPI in full, or by the name of the project's. */
export type WrittenPolicy = WithNames<ReleasePolicy>;
export const WrittenPolicy = Type.Unsafe<WrittenPolicy>(withNames(ReleasePolicy));

function replaced(value: unknown, resolve: (reference: KpiReference) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => replaced(item, resolve));
  if (typeof value !== 'object' || value === null) return value;
  if (fits(KpiReference, value)) return resolve(value);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, replaced(part, resolve)]));
}

/** Names of declared KPIs that a policy uses, each once. */
export function kpisNamed(policy: WrittenPolicy): string[] {
  const names = new Set<string>();
  replaced(policy, ({ use }) => names.add(use));
  return [...names];
}

/** The policy with every KPI in full. Throws RangeError where one is not declared. */
export function resolvePolicy(policy: WrittenPolicy, declared: readonly KpiDefinition[]): ReleasePolicy {
  const resolved = replaced(policy, ({ use, ...here }) => {
    const definition = declared.find(({ name }) => name === use);
    if (definition === undefined) {
      const known = declared.map(({ name }) => name).join(', ') || 'none';
      throw new RangeError(`There is no KPI '${use}'. Declared: ${known}.`);
    }
    const { endpoints: _endpoints, description: _description, ...kpi } = definition;
    return { ...kpi, ...here };
  });
  if (fits(ReleasePolicy, resolved)) return resolved;
  throw new RangeError('The policy does not hold together once its KPIs are put in.');
}

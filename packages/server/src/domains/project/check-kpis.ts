import { kpisNamed, type KpiDefinition, type Manifest, type WrittenPolicy } from '@mulle/contract';
import { byName } from './check-data.ts';
import { featureNames } from './feature-names.ts';
import type { Problems } from './problems.ts';

/** KPIs that a policy names are declared. */
export function checkPolicyKpis(path: string, policy: WrittenPolicy, manifest: Manifest, problems: Problems): void {
  const declared = (manifest.kpis ?? []).map(({ name }) => name);
  for (const name of kpisNamed(policy)) problems.refers(path, 'KPI', name, declared);
}

function checkKpi(kpi: KpiDefinition, manifest: Manifest, problems: Problems): void {
  const path = `kpis/${kpi.name}`;
  problems.unique(`${path}/endpoints`, kpi.endpoints);
  if ((kpi.kind === 'ratio') !== (kpi.per !== undefined))
    problems.add(`${path}/per`, 'A ratio needs what it is per, and nothing else has it.');
  const endpoints = byName(manifest.endpoints);
  for (const name of kpi.endpoints) {
    if (!problems.refers(`${path}/endpoints`, 'endpoint', name, endpoints.keys()) || kpi.covariate === undefined)
      continue;
    const endpoint = endpoints.get(name);
    const inputs = endpoint?.inputs.map((field) => field.name) ?? [];
    const features = endpoint ? featureNames(endpoint, manifest) : [];
    problems.refers(`${path}/covariate`, 'input or feature', kpi.covariate, new Set([...inputs, ...features]));
  }
}

/** KPIs are of endpoints that there are, and whole. */
export function checkKpis(manifest: Manifest, problems: Problems): void {
  for (const kpi of manifest.kpis ?? []) checkKpi(kpi, manifest, problems);
}

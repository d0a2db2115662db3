import {
  durationMs,
  kpisNamed,
  overrideProblems,
  resolvePolicy,
  type EndpointDefinition,
  type FeatureService,
  type Field,
  type Manifest,
  type Transform,
  type WrittenPolicy,
} from '@mulle/contract';
import { policyProblems } from '@mulle/decision';
import { byName, isNumeric } from './check-data.ts';
import { checkPolicyKpis } from './check-kpis.ts';
import { featureNames } from './feature-names.ts';
import type { Problems } from './problems.ts';

const readsTime: readonly Transform[] = ['hour-of-day', 'day-of-week', 'day-of-year'];

/** What the schema of a policy does not say: KPIs that are named exist, and its numbers go together. */
export function checkPolicy(path: string, policy: WrittenPolicy, manifest: Manifest, problems: Problems): void {
  checkPolicyKpis(path, policy, manifest, problems);
  const declared = manifest.kpis ?? [];
  if (kpisNamed(policy).some((use) => !declared.some(({ name }) => name === use))) return;
  for (const problem of policyProblems(resolvePolicy(policy, declared)))
    problems.add(`${path}/${problem.path}`, problem.message);
}

/** Fields that a contextual bandit may tell requests apart by: numbers of the endpoint. */
export function contextFields(endpoint: EndpointDefinition, manifest: Manifest): Set<string> {
  return new Set([...endpoint.inputs.filter(isNumeric).map(({ name }) => name), ...featureNames(endpoint, manifest)]);
}

function checkContext(path: string, endpoint: EndpointDefinition, manifest: Manifest, problems: Problems): void {
  const { policy } = endpoint;
  if (policy.kind !== 'contextual-bandit') return;
  for (const { field } of policy.context)
    problems.refers(`${path}/context`, 'numeric input or feature', field, contextFields(endpoint, manifest));
}

/** Whether rows with these columns (an endpoint's inputs, a dataset's fields) can be turned into the service's features. */
export function checkFeatureColumns(
  path: string,
  service: FeatureService,
  columns: readonly Field[],
  manifest: Manifest,
  problems: Problems,
): void {
  const fields = byName(columns);
  const views = byName(manifest.featureViews);
  if (problems.refers(path, 'column', service.eventTime, fields.keys())) {
    const type = fields.get(service.eventTime)?.type;
    if (type !== 'timestamp') problems.add(path, `'${service.eventTime}' is a ${type}, not a timestamp.`);
  }
  for (const feature of service.features) {
    if ('view' in feature) {
      for (const key of views.get(feature.view)?.entity ?? []) problems.refers(path, 'column', key, fields.keys());
      continue;
    }
    const field = fields.get(feature.field);
    if (!problems.refers(path, 'column', feature.field, fields.keys()) || !field) continue;
    const fits = readsTime.includes(feature.transform) ? field.type === 'timestamp' : isNumeric(field);
    if (!fits) problems.add(path, `${feature.transform} of '${feature.field}', a ${field.type}, does not exist.`);
  }
}

/** Fields are scored by rows, tensors are answered by tensors: an endpoint takes one or the other. */
function checkTensors(path: string, endpoint: EndpointDefinition, problems: Problems): void {
  const { tensors, inputs, fallback } = endpoint;
  if (tensors === undefined) {
    if (inputs.length === 0) problems.add(`${path}/inputs`, 'Name at least one field, or the tensors that it takes.');
    return;
  }
  problems.unique(
    `${path}/tensors/inputs`,
    tensors.inputs.map(({ name }) => name),
  );
  problems.unique(
    `${path}/tensors/outputs`,
    tensors.outputs.map(({ name }) => name),
  );
  if (endpoint.policy.kind === 'interleaving')
    problems.add(`${path}/policy`, 'Rows are ranked: an endpoint that takes tensors has none.');
  if (inputs.length > 0) problems.add(`${path}/inputs`, 'An endpoint takes fields or tensors. Leave the fields out.');
  for (const part of ['featureService', 'unit', 'rules', 'cache'] as const) {
    if (endpoint[part] !== undefined) problems.add(`${path}/${part}`, 'Only endpoints that take fields have this.');
  }
  const other = fallback.findIndex(({ kind }) => kind !== 'variant');
  if (other >= 0) problems.add(`${path}/fallback/${other}`, 'Only another variant answers with tensors.');
}

function checkEndpoint(endpoint: EndpointDefinition, manifest: Manifest, problems: Problems): void {
  const path = `endpoints/${endpoint.name}`;
  const inputs = endpoint.inputs.map((field) => field.name);
  problems.unique(`${path}/inputs`, inputs);
  checkTensors(path, endpoint, problems);
  if (endpoint.unit !== undefined) problems.refers(`${path}/unit`, 'input', endpoint.unit, inputs);
  if (durationMs(endpoint.timeout) === 0) problems.add(`${path}/timeout`, 'A timeout must be longer than 0.');
  checkPolicy(`${path}/policy`, endpoint.policy, manifest, problems);
  checkContext(`${path}/policy`, endpoint, manifest, problems);
  for (const { index, message } of overrideProblems(endpoint.overrides ?? []))
    problems.add(`${path}/overrides/${index}`, message);
  const services = byName(manifest.featureServices);
  if (endpoint.featureService === undefined) {
    return;
  }
  const service = services.get(endpoint.featureService);
  problems.refers(`${path}/featureService`, 'feature service', endpoint.featureService, services.keys());
  if (service) checkFeatureColumns(`${path}/featureService`, service, endpoint.inputs, manifest, problems);
}

/** Endpoints and monitors. */
export function checkServing(manifest: Manifest, problems: Problems): void {
  const endpoints = byName(manifest.endpoints);
  for (const endpoint of manifest.endpoints) checkEndpoint(endpoint, manifest, problems);
  for (const monitor of manifest.monitors) {
    const path = `monitors/${monitor.name}`;
    const endpoint = endpoints.get(monitor.endpoint);
    if (!problems.refers(`${path}/endpoint`, 'endpoint', monitor.endpoint, endpoints.keys()) || !endpoint) continue;
    if (monitor.kind !== 'drift') continue;
    const columns = [...endpoint.inputs.map((field) => field.name), ...featureNames(endpoint, manifest)];
    for (const column of monitor.columns ?? [])
      problems.refers(`${path}/columns`, 'input or feature', column, new Set(columns));
  }
}

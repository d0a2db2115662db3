import type { DataStatus, EndpointStatus } from '@mulle/contract';

function addCounts(into: Record<string, number>, from: Record<string, number>): Record<string, number> {
  const sum = { ...into };
  for (const [name, count] of Object.entries(from)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

/**
 * One endpoint over all data processes. Counts add up; a quantile of several processes cannot be had from theirs, so
 * the worst of them is shown. Undefined where no process tells of the endpoint.
 */
export function mergeStatus(processes: readonly DataStatus[], endpoint: string): EndpointStatus | undefined {
  const parts = processes.flatMap(({ endpoints }) => endpoints.filter((each) => each.endpoint === endpoint));
  return parts.reduce<EndpointStatus | undefined>((sum, part) => {
    if (sum === undefined) return part;
    return {
      ...sum,
      requests: sum.requests + part.requests,
      failures: sum.failures + part.failures,
      bySource: addCounts(sum.bySource, part.bySource),
      byVariant: addCounts(sum.byVariant, part.byVariant),
      latencyMs: {
        p50: Math.max(sum.latencyMs.p50, part.latencyMs.p50),
        p95: Math.max(sum.latencyMs.p95, part.latencyMs.p95),
        p99: Math.max(sum.latencyMs.p99, part.latencyMs.p99),
        p999: Math.max(sum.latencyMs.p999, part.latencyMs.p999),
      },
      meanBatchRows: Math.max(sum.meanBatchRows, part.meanBatchRows),
      hosts: [...sum.hosts, ...part.hosts],
      guarded: { ...sum.guarded, ...part.guarded },
    };
  }, undefined);
}

import type { EndpointStatus } from '@mulle/contract';
import { useEffect, useState } from 'react';

export interface LatencySample {
  readonly atMs: number;
  readonly latencyMs: EndpointStatus['latencyMs'];
  readonly requests: number;
}

/** As long as the page is open, at most this far back. */
const keptMs = 10 * 60_000;
const kept = new Map<string, readonly LatencySample[]>();

/** The figures that a page has seen so far; they are the browser's own and start anew with it. */
export function useLatencyHistory(
  endpoint: string,
  status: EndpointStatus | undefined,
  atMs: number,
): readonly LatencySample[] {
  const [history, setHistory] = useState(kept.get(endpoint) ?? []);
  useEffect(() => {
    if (status === undefined || atMs === 0) return;
    const before = (kept.get(endpoint) ?? []).filter((sample) => sample.atMs > atMs - keptMs && sample.atMs < atMs);
    const next = [...before, { atMs, latencyMs: status.latencyMs, requests: status.requests }];
    kept.set(endpoint, next);
    setHistory(next);
  }, [endpoint, status, atMs]);
  return history;
}

/** Metrics that have a value: a precision of 0 / 0 has none, and JSON no way to say so. */
export function finiteMetrics(metrics: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
}

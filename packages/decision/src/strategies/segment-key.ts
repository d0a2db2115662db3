/** Values of one field that are kept apart; further ones are left out. */
const segmentValues = 20;

/** `field=value` of a part of the traffic; null where it has no such value, or too many are kept already. */
export function segmentKey(kept: Readonly<Record<string, unknown>>, field: string, value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return null;
  const key = `${field}=${String(value).slice(0, 64)}`;
  if (key in kept) return key;
  const ofField = Object.keys(kept).filter((name) => name.startsWith(`${field}=`)).length;
  return ofField < segmentValues ? key : null;
}

import type { Activity, LocalisedText } from '@mulle/contract';

/** Reads a member of an activity's value that should be text; undefined when it is not. */
export function textIn(activity: Activity, name: string): string | undefined {
  const value = activity.value[name];
  return typeof value === 'string' ? value : undefined;
}

/** Reads a number out of an activity's value, members of members by further names; null when there is none. */
export function numberIn(activity: Activity | null, ...path: readonly string[]): number | null {
  let value: unknown = activity?.value;
  for (const name of path)
    value =
      typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : null;
  return typeof value === 'number' ? value : null;
}

/** The sentence of a finding, in both languages; undefined when its value holds none. */
export function messageIn(activity: Activity): LocalisedText | undefined {
  const { message } = activity.value;
  if (typeof message !== 'object' || message === null || !('en' in message) || !('ko' in message)) return undefined;
  return typeof message.en === 'string' && typeof message.ko === 'string'
    ? { en: message.en, ko: message.ko }
    : undefined;
}

/**
 * Activities grouped by where they began: each cause is followed up to one that has none or is not among the given.
 * Groups in the order of their first activity; within a group the given order. A chain that closes on itself, which
 * nothing writes, ends at the activity met twice.
 */
export function chainsOf(activities: readonly Activity[]): Map<string, Activity[]> {
  const byId = new Map(activities.map((activity) => [activity.id, activity]));
  const roots = new Map<string, string>();
  const rootOf = (activity: Activity): string => {
    const path: string[] = [];
    let at = activity;
    while (!roots.has(at.id) && !path.includes(at.id)) {
      path.push(at.id);
      const cause = at.causeId === null ? undefined : byId.get(at.causeId);
      if (!cause) break;
      at = cause;
    }
    const root = roots.get(at.id) ?? at.id;
    for (const id of path) roots.set(id, root);
    return root;
  };
  const chains = new Map<string, Activity[]>();
  for (const activity of activities) {
    const root = rootOf(activity);
    const chain = chains.get(root);
    if (chain) chain.push(activity);
    else chains.set(root, [activity]);
  }
  return chains;
}

/** How often each value occurs; missing values are the caller's to name, for instance as "(missing)". */
export function categoryCounts(values: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

export interface AlignedCategories {
  /** All categories of either side, in code-unit order. */
  categories: string[];
  reference: number[];
  current: number[];
}

/** Lays two sets of counts side by side, with 0 where a category does not occur. */
export function alignCategories(
  reference: ReadonlyMap<string, number>,
  current: ReadonlyMap<string, number>,
): AlignedCategories {
  const categories = [...new Set([...reference.keys(), ...current.keys()])].toSorted();
  return {
    categories,
    reference: categories.map((category) => reference.get(category) ?? 0),
    current: categories.map((category) => current.get(category) ?? 0),
  };
}

import { canonicalJson, manifestSections, type Manifest, type PlanChange } from '@mulle/contract';

/**
 * What would change from `before` (null: nothing is there) to `after`, section by section in the manifest's order;
 * within a section first what is made or changed, in the order of `after`, then what is gone.
 */
export function planChanges(before: Manifest | null, after: Manifest): PlanChange[] {
  const changes: PlanChange[] = [];
  for (const section of manifestSections) {
    const old = new Map<string, string>();
    for (const definition of before?.[section] ?? []) old.set(definition.name, canonicalJson(definition));
    for (const definition of after[section] ?? []) {
      const known = old.get(definition.name);
      old.delete(definition.name);
      if (known === undefined) changes.push({ section, name: definition.name, action: 'create' });
      else if (known !== canonicalJson(definition)) changes.push({ section, name: definition.name, action: 'update' });
    }
    for (const name of old.keys()) changes.push({ section, name, action: 'delete' });
  }
  return changes;
}

import type { AppliedManifest, Manifest, RuleSetDefinition } from '@mulle/contract';
import { expect, test } from 'vitest';
import { accessMigrations, AuditLog, type AccessTables, type Actor } from '#domains/access/index.ts';
import { activityMigrations, ActivityService, type ActivityTables } from '#domains/activity/index.ts';
import { exampleManifest, ManifestService, projectMigrations, type ProjectTables } from '#domains/project/index.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import { ruleMigrations, RulesService, type RuleTables } from './index.ts';

const kim: Actor = { name: 'kim', role: 'maintainer' };
const noon = Date.UTC(2026, 0, 1);

function late(score: number): RuleSetDefinition {
  const explanation = { en: 'The flight before was late.', ko: '앞 항공편이 늦었어요.' };
  return {
    name: 'late',
    rules: [{ name: 'far', when: 'input.distance > 3000', effect: { kind: 'decide', score }, explanation }],
    tests: [{ name: 'far', given: { input: { distance: 4_000 } }, expect: { rule: 'far', score } }],
  };
}

function withRules(definition: RuleSetDefinition): Manifest {
  const manifest = exampleManifest();
  const endpoints = manifest.endpoints.map((endpoint) => ({ ...endpoint, rules: { before: { ruleSet: 'late' } } }));
  return { ...manifest, endpoints, ruleSets: [definition] };
}

describeOnEveryDatabase('rule sets', (openDatabase) => {
  const open = async () => {
    const database = await openDatabase<RuleTables & ActivityTables & AccessTables & ProjectTables>([
      ...activityMigrations,
      ...accessMigrations,
      ...projectMigrations,
      ...ruleMigrations,
    ]);
    const activity = new ActivityService(database);
    const audit = new AuditLog(database);
    const kept = { database, activity, audit };
    const manifests = await ManifestService.open({ ...kept, allowedRoots: ['/'] });
    const rules = new RulesService({ ...kept, manifest: manifests.current });
    manifests.addFollower(rules);
    const told = async () => (await activity.list({ after: 0, limit: 100 })).items;
    return { rules, manifests, told };
  };

  test('what a manifest holds is published, and again when it comes back', async () => {
    const { rules, manifests, told } = await open();
    const first = await manifests.apply(withRules(late(0.9)), kim);
    expect(await rules.resolve({ ruleSet: 'late' })).toMatchObject({ version: 1, state: 'published' });
    await manifests.apply(withRules(late(0.8)), kim);
    expect(await rules.resolve({ ruleSet: 'late' })).toMatchObject({ version: 2 });
    await manifests.revert(first.version, kim);
    expect(await rules.resolve({ ruleSet: 'late' })).toMatchObject({ version: 1 });
    expect(await rules.resolve({ ruleSet: 'late', version: 2 })).toMatchObject({ version: 2 });
    const [summary] = await rules.list();
    expect(summary).toMatchObject({ name: 'late', versions: 2, published: { version: 1 }, newest: { version: 2 } });
    expect(summary?.usedBy).toEqual([{ endpoint: 'delay', stage: 'before' }]);
    const types = (await told()).map(({ type }) => type);
    expect(types.filter((type) => type === 'rule-set-published')).toHaveLength(3);
  });

  test('what the API makes is a draft until it is published; the same content is the same version', async () => {
    const { rules, manifests } = await open();
    await manifests.apply(withRules(late(0.9)), kim);
    const draft = await rules.create('late', { definition: late(0.7), reason: 'Learned.' }, kim);
    expect(draft).toMatchObject({ version: 2, state: 'draft', actor: 'kim' });
    expect(await rules.create('late', { definition: late(0.7), reason: 'Again.' }, kim)).toEqual(draft);
    expect(await rules.resolve({ ruleSet: 'late' })).toMatchObject({ version: 1 });
    await rules.publish('late', 2, 'Read and found good.', kim);
    expect(await rules.resolve({ ruleSet: 'late' })).toMatchObject({ version: 2, state: 'published' });
    // An apply that changes nothing of it does not take it back.
    const [endpoint] = withRules(late(0.9)).endpoints;
    const endpoints = endpoint ? [{ ...endpoint, description: 'Delays.' }] : [];
    await manifests.apply({ ...withRules(late(0.9)), endpoints }, kim);
    expect(await rules.resolve({ ruleSet: 'late' })).toMatchObject({ version: 2 });
    await expect(rules.publish('late', 9, 'No.', kim)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('rules that do not hold their own tests, or are not there, are refused', async () => {
    const { rules, manifests } = await open();
    const wrong = {
      ...late(0.9),
      tests: [{ name: 'near', given: { input: { distance: 1 } }, expect: { rule: 'far' } }],
    };
    await expect(manifests.apply(withRules(wrong), kim)).rejects.toMatchObject({ code: 'invalid_manifest' });
    await expect(rules.create('late', { definition: wrong, reason: 'No.' }, kim)).rejects.toMatchObject({
      code: 'validation_failed',
    });
    await expect(manifests.apply({ ...withRules(late(1)), ruleSets: [] }, kim)).rejects.toThrow(
      /No version of the rule set 'late' is published/,
    );
    expect(await rules.list()).toEqual([]);
  });

  test('an apply that ended before its rules were on record is made whole', async () => {
    const { rules, manifests } = await open();
    await manifests.apply(withRules(late(0.9)), kim);
    const applied: AppliedManifest = {
      ...(manifests.current() ?? expect.unreachable()),
      manifest: withRules(late(0.5)),
    };
    expect(await rules.holds(applied.manifest)).toBe(false);
    await rules.follow(applied, null, kim);
    expect(await rules.holds(applied.manifest)).toBe(true);
  });

  test('hits are counts since the log began: told twice they count once', async () => {
    const { rules, manifests } = await open();
    await manifests.apply(withRules(late(0.9)), kim);
    expect(await rules.hits('late', 1)).toEqual([{ rule: 'far', stage: null, hits: 0, lastAtMs: null }]);
    const hits = [{ rule: 'far', stage: 'before' as const, hits: 7, lastAtMs: noon }];
    for (let told = 0; told < 2; told++) await rules.recordHits([{ ruleSet: 'rules:late@1', hits }]);
    expect(await rules.hits('late', 1)).toEqual(hits);
  });
});

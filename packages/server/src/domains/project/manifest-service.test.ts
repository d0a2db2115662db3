import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { accessMigrations, AuditLog, type AccessTables, type Actor } from '#domains/access/index.ts';
import { activityMigrations, ActivityService, type ActivityTables } from '#domains/activity/index.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import { exampleManifest } from './example-manifest.ts';
import { ManifestService } from './manifest-service.ts';
import { projectMigrations, type ProjectTables } from './project-tables.ts';

const kim: Actor = { name: 'kim', role: 'maintainer' };

describeOnEveryDatabase('manifests', (openDatabase) => {
  const open = async () => {
    const database = await openDatabase<ProjectTables & ActivityTables & AccessTables>([
      ...activityMigrations,
      ...accessMigrations,
      ...projectMigrations,
    ]);
    const activity = new ActivityService(database);
    const audit = new AuditLog(database);
    const manifests = await ManifestService.open({ database, activity, audit, allowedRoots: [tmpdir()] });
    return { manifests, activity, audit };
  };
  const changed = () => {
    const manifest = exampleManifest();
    manifest.monitors.pop();
    return manifest;
  };

  test('a version per change, kept over a restart, on record', async () => {
    const { manifests, activity, audit } = await open();
    expect(manifests.current()).toBeNull();
    const first = await manifests.apply(exampleManifest(), kim);
    expect(first).toMatchObject({ version: 1, actor: 'kim' });
    const second = await manifests.apply(changed(), kim);
    expect(second.changes).toEqual([{ section: 'monitors', name: 'quality', action: 'delete' }]);
    expect((await open()).manifests.current()).toEqual(second);
    const { items } = await activity.list({ type: 'manifest-applied' });
    expect(items.map(({ value }) => value['version'])).toEqual([2, 1]);
    expect((await audit.list({})).items).toMatchObject([{ action: 'manifest.apply', actor: 'kim' }, { sequence: 1 }]);
  });

  test('applying the same again makes no version', async () => {
    const { manifests } = await open();
    const first = await manifests.apply(exampleManifest(), kim);
    const { project, ...rest } = exampleManifest();
    expect(await manifests.apply({ ...rest, project }, kim)).toEqual(first);
    expect((await manifests.history({})).items).toHaveLength(1);
    expect(await manifests.plan(exampleManifest())).toEqual([]);
  });

  test('reverting is an apply of what was', async () => {
    const { manifests } = await open();
    const { digest } = await manifests.apply(exampleManifest(), kim);
    await manifests.apply(changed(), kim);
    expect(await manifests.revert(1, kim)).toMatchObject({ version: 3, digest, manifest: exampleManifest() });
    await expect(manifests.revert(9, kim)).rejects.toMatchObject({ code: 'not_found' });
    const page = await manifests.history({ limit: 2 });
    expect(page.items.map(({ version }) => version)).toEqual([3, 2]);
    const next = await manifests.history({ limit: 2, pageToken: page.nextPageToken ?? '' });
    expect(next.items.map(({ version }) => version)).toEqual([1]);
  });

  test('followers hear of each change once, with the event that caused it', async () => {
    const { manifests, activity } = await open();
    const heard: string[] = [];
    manifests.addFollower({ follow: async (applied, causeId) => void heard.push(`${applied.version} ${causeId}`) });
    await manifests.apply(exampleManifest(), kim);
    await manifests.apply(exampleManifest(), kim);
    const { items } = await activity.list({ type: 'manifest-applied' });
    expect(heard).toEqual([`1 ${items[0]?.id}`]);
  });

  test('what is not valid changes nothing; nor does what a follower refuses', async () => {
    const { manifests } = await open();
    const broken = exampleManifest();
    Object.assign(broken.triggers[0] ?? {}, { pipeline: 'none' });
    await expect(manifests.apply(broken, kim)).rejects.toMatchObject({
      code: 'invalid_manifest',
      details: { problems: [{ path: 'triggers/nightly/pipeline' }] },
    });
    manifests.addFollower({ check: async (_manifest, problems) => problems.add('endpoints/delay', 'It is needed.') });
    await expect(manifests.apply(exampleManifest(), kim)).rejects.toThrow('It is needed.');
    expect(manifests.current()).toBeNull();
    expect((await open()).manifests.current()).toBeNull();
  });
});

import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import {
  AccessService,
  accessMigrations,
  assertSafeToListen,
  AuditLog,
  type AccessTables,
  type Actor,
} from './index.ts';

const owner: Actor = { name: 'minji', role: 'owner' };

describeOnEveryDatabase('access', (open, dialect) => {
  async function start(host = '127.0.0.1') {
    const database = await open<AccessTables>(accessMigrations);
    const audit = new AuditLog(database);
    const access = new AccessService({ database, audit, internalToken: 'between-roles', host });
    return { database, audit, access };
  }

  test('without keys the caller on this machine is the local owner, elsewhere nobody', async () => {
    const { access } = await start();
    expect(await access.authenticate(undefined)).toEqual({ name: 'local-owner', role: 'owner' });
    const { access: open0 } = await start('0.0.0.0');
    await expect(open0.authenticate(undefined)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('a key opens with its role, is stored as a hash only, and ends the local owner', async () => {
    const { access, database } = await start();
    const first = await access.createKey(owner, { name: 'minji', role: 'owner' });
    const second = await access.createKey(owner, { name: 'ci', role: 'member', requestsPerSecond: 2.5 });
    expect(first.key).toMatch(/^mk_[\w-]{43}$/);
    await expect(access.authenticate(undefined)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await access.authenticate(`Bearer ${second.key}`)).toEqual({ name: 'ci', role: 'member' });
    const basic = `Basic ${Buffer.from(`minji:${second.key}`).toString('base64')}`;
    expect(await access.authenticate(basic)).toEqual({ name: 'ci', role: 'member' });
    expect(await access.authenticate('Bearer between-roles')).toMatchObject({ role: 'internal' });
    for (const header of [`Bearer ${second.key}x`, 'Bearer ', 'Basic abc', second.key]) {
      await expect(access.authenticate(header)).rejects.toMatchObject({ code: 'unauthenticated' });
    }
    const { rows } = await sql`select * from api_keys`.execute(database.kysely);
    expect(JSON.stringify(rows)).not.toContain(second.key);
    expect(await access.snapshotKeys()).toContainEqual({
      id: second.id,
      secretSha256: createHash('sha256').update(second.key).digest('hex'),
      role: 'member',
      requestsPerSecond: 2.5,
    });
    expect((await access.listKeys()).map((key) => key.name).toSorted()).toEqual(['ci', 'minji']);
  });

  test('nobody is locked out: the first key is an owner’s, the last owner’s stays', async () => {
    const { access } = await start();
    await expect(access.createKey(owner, { name: 'ci', role: 'member' })).rejects.toMatchObject({
      code: 'invalid_state',
    });
    const first = await access.createKey(owner, { name: 'minji', role: 'owner' });
    const second = await access.createKey(owner, { name: 'ci', role: 'viewer' });
    await expect(access.createKey(owner, { name: 'ci', role: 'viewer' })).rejects.toMatchObject({
      code: 'already_exists',
    });
    await expect(access.deleteKey(owner, first.id)).rejects.toMatchObject({ code: 'invalid_state' });
    await access.deleteKey(owner, second.id);
    await expect(access.authenticate(`Bearer ${second.key}`)).rejects.toMatchObject({ code: 'unauthenticated' });
    await access.deleteKey(owner, first.id);
    await expect(access.deleteKey(owner, first.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await access.authenticate(undefined)).toMatchObject({ role: 'owner' });
  });

  test('the chain of the audit log follows its formula and verifies', async () => {
    const { access, audit } = await start();
    const { id } = await access.createKey(owner, { name: 'minji', role: 'owner' });
    await access.createKey(owner, { name: 'ci', role: 'viewer' });
    const { items } = await audit.list({ limit: 1 });
    const [last] = items;
    expect(last).toMatchObject({
      sequence: 2,
      actor: 'minji',
      action: 'key.create',
      details: { name: 'ci', role: 'viewer' },
    });
    const { items: older } = await audit.list({});
    const first = older[1];
    // The documented formula, written out by hand: keys in order, no white space.
    const content = `{"action":"key.create","actor":"minji","details":{"name":"minji","role":"owner"},"sequence":1,"subject":"${id}","timeMs":${first?.timeMs}}`;
    const expected = createHash('sha256')
      .update(`${'0'.repeat(64)}\n${content}`)
      .digest('hex');
    expect(first?.hash).toBe(expected);
    expect(last?.previousHash).toBe(expected);
    expect(await audit.verify()).toEqual({ ok: true, entries: 2, head: last?.hash, brokenAt: null });
  });

  test('the database refuses to change or remove audit entries; who goes around it is found out', async () => {
    const { access, audit, database } = await start();
    await access.createKey(owner, { name: 'a', role: 'owner' });
    await access.createKey(owner, { name: 'b', role: 'owner' });
    await access.createKey(owner, { name: 'c', role: 'owner' });
    const attempts = [`update audit set actor = 'nobody' where sequence = 2`, 'delete from audit where sequence = 2'];
    for (const statement of attempts) {
      await expect(sql.raw(statement).execute(database.kysely)).rejects.toThrow('append-only');
    }
    const disarm =
      dialect === 'sqlite' ? 'drop trigger audit_no_update' : 'alter table audit disable trigger audit_append_only';
    await sql.raw(disarm).execute(database.kysely);
    await sql.raw(attempts[0] ?? '').execute(database.kysely);
    expect(await audit.verify()).toMatchObject({ ok: false, entries: 1, brokenAt: 2 });
  });

  test('what is refused leaves no entry; many at once keep one chain', async () => {
    const { access, audit, database } = await start();
    await expect(access.createKey(owner, { name: 'ci', role: 'member' })).rejects.toThrow('first key');
    const record = (subject: string) =>
      database.transaction((trx) =>
        audit.record(trx, { actor: owner, action: 'test', subject, details: { half: 0.5 } }),
      );
    await Promise.all(Array.from({ length: 50 }, (_, index) => record(String(index))));
    expect(await audit.verify()).toMatchObject({ ok: true, entries: 50 });
  });
});

test('an address beyond this machine needs a key', () => {
  for (const host of ['127.0.0.1', 'localhost', '::1', '127.0.1.1']) assertSafeToListen(host, 0);
  assertSafeToListen('0.0.0.0', 1);
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.evil.example']) {
    expect(() => assertSafeToListen(host, 0)).toThrow('no API key');
  }
});

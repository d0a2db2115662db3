import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { accessMigrations, AuditLog, type AccessTables } from '#domains/access/index.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import { fileSealer } from '#platform/secrets/index.ts';
import { WebhooksService, webhooksMigrations, type WebhooksTables } from './index.ts';

const owner = { name: 'minji', role: 'owner' } as const;
let folder = '';
let closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing) await close();
  closing = [];
  rmSync(folder, { recursive: true, force: true });
});

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describeOnEveryDatabase('webhooks', (open) => {
  async function start({ allowPrivate = true, statuses = [] as number[] } = {}) {
    folder = mkdtempSync(join(tmpdir(), 'mulle-webhooks-'));
    const database = await open<WebhooksTables & AccessTables>([...accessMigrations, ...webhooksMigrations]);
    const audit = new AuditLog(database);
    const problems: unknown[] = [];
    const model = { name: 'm', tags: { team: 'a' }, description: 'd', aliases: {}, createdAtMs: 1, updatedAtMs: 1 };
    const webhooks = new WebhooksService({
      database,
      audit,
      catalogue: { getModels: async (names) => names.map((name) => ({ ...model, name })) },
      registry: { getVersion: () => Promise.reject(new Error('not asked for')) },
      sealer: fileSealer(join(folder, 'sealing.key')),
      allowPrivate,
      onProblem: (problem) => problems.push(problem),
      firstRetryMs: 5,
    });
    const received: Received[] = [];
    let heard: () => void = () => undefined;
    const server: Server = createServer((request, reply) => {
      let body = '';
      request.on('data', (piece) => (body += String(piece)));
      request.on('end', () => {
        reply.writeHead(statuses.shift() ?? 200).end('thanks');
        received.push({ headers: request.headers, body });
        heard();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/hook`;
    closing.push(
      () => webhooks.close(),
      () => new Promise((resolve) => server.close(resolve)),
    );
    const arrived = async (count: number): Promise<Received[]> => {
      while (received.length < count) await new Promise<void>((resolve) => (heard = resolve));
      return received;
    };
    const change = (action: string, subject: string, details = {}) =>
      database.transaction((trx) => audit.record(trx, { actor: owner, action, subject, details }));
    const wanted = {
      name: 'hook',
      url,
      events: ['registered_model.created'],
      description: null,
      status: 'active',
    } as const;
    return { database, webhooks, arrived, received, change, wanted, problems };
  }

  test('a change is told once, signed as MLflow signs; what is not asked for is not told', async () => {
    const { database, webhooks, arrived, received, change, wanted } = await start();
    await change('model.create', 'before');
    await webhooks.create(owner, { ...wanted, secret: 's3cret' });
    webhooks.start();
    await change('model.set-tag', 'm', { key: 'a', value: 'b' });
    await change('model.create', '모델');
    await change('model.create', 'n');
    // Deliveries are sent side by side.
    const told = await arrived(2);
    const first = told.find(({ body }) => body.includes('모델'));
    const second = told.find(({ body }) => !body.includes('모델'));
    expect(JSON.parse(first?.body ?? '')).toEqual({
      entity: 'registered_model',
      action: 'created',
      timestamp: expect.any(String),
      data: { name: '모델', tags: { team: 'a' }, description: 'd' },
    });
    const headers = first?.headers ?? {};
    const signed = [headers['x-mlflow-delivery-id'], headers['x-mlflow-timestamp'], first?.body].join('.');
    const signature = createHmac('sha256', 's3cret').update(signed).digest('base64');
    expect(headers['x-mlflow-signature']).toBe(`v1,${signature}`);
    expect(JSON.parse(second?.body ?? '').data.name).toBe('n');
    await webhooks.close();
    expect(received).toHaveLength(2);
    const rows = await database.kysely.selectFrom('webhooks').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain('s3cret');
    expect(await database.kysely.selectFrom('webhook_deliveries').selectAll().execute()).toEqual([]);
  });

  test('what is not answered well is sent again under its id; a refusal is not', async () => {
    const { webhooks, arrived, change, wanted, problems } = await start({ statuses: [503, 429, 200, 404] });
    await webhooks.create(owner, { ...wanted, secret: null });
    webhooks.start();
    await change('model.create', 'm');
    const tries = await arrived(3);
    expect(new Set(tries.map(({ headers }) => headers['x-mlflow-delivery-id'])).size).toBe(1);
    expect(problems).toEqual([]);
    await change('model.create', 'n');
    await arrived(4);
    await webhooks.close();
    expect(problems).toMatchObject([{ code: 'unavailable', message: expect.stringContaining('404') }]);
  });

  test('what was waiting when the process died is sent by the next', async () => {
    const { database, webhooks, arrived, wanted } = await start();
    const { id } = await webhooks.create(owner, { ...wanted, secret: null });
    const waiting = { id: 'delivery_1', webhook_id: id, body: '{}', attempts: 3, next_at_ms: 0 };
    await database.transaction((trx) => trx.insertInto('webhook_deliveries').values(waiting).execute());
    webhooks.start();
    expect((await arrived(1))[0]?.headers).toMatchObject({ 'x-mlflow-delivery-id': 'delivery_1' });
  });

  test('changed, disabled, tested, deleted', async () => {
    const { webhooks, arrived, wanted } = await start();
    const { id } = await webhooks.create(owner, { ...wanted, secret: 'a' });
    expect(await webhooks.update(owner, id, { name: 'other', status: 'disabled' })).toMatchObject({ name: 'other' });
    expect(await webhooks.list(undefined, 10)).toMatchObject([{ id, status: 'disabled' }]);
    expect(await webhooks.test(id, 'prompt.created')).toMatchObject({ status: 200, body: 'thanks' });
    expect(JSON.parse((await arrived(1))[0]?.body ?? '')).toMatchObject({
      entity: 'prompt',
      data: { name: 'example_prompt' },
    });
    await webhooks.delete(owner, id);
    await expect(webhooks.get(id)).rejects.toMatchObject({ code: 'not_found' });
  });

  test.each([
    'https://127.0.0.1/x',
    'https://[::1]/',
    'https://10.0.0.1/',
    'http://8.8.8.8/',
    'file:///etc/passwd',
    'x',
  ])('no delivery goes to %s, unless an operator allows it', async (url) => {
    const { webhooks, wanted } = await start({ allowPrivate: false });
    const refused = webhooks.create(owner, { ...wanted, url, secret: null });
    await expect(refused).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(await webhooks.list(undefined, 10)).toEqual([]);
  });
});

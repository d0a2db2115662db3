/** Webhooks: addresses that are told of changes in the registry, signed, until they answer. */
import { sql, type Selectable, type SqlBool } from 'kysely';
import type { AccessTables, Actor, AuditLog } from '#domains/access/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { decodeJson, encodeJson, type Transaction } from '#platform/database/index.ts';
import { assertPublicHost, type Posted } from '#platform/net/index.ts';
import { examplePayload, type WebhookEvent } from './webhook-events.ts';
import { messageOf, WebhookSender, type SenderOptions } from './webhook-sender.ts';
import type { WebhooksTables } from './webhooks-tables.ts';

type Tables = WebhooksTables & AccessTables;
type Row = Selectable<WebhooksTables['webhooks']>;

/** A webhook as people see it: without its secret. */
export interface Webhook {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly status: Row['status'];
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface NewWebhook {
  readonly name: string;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly description: string | null;
  readonly secret: string | null;
  readonly status: Row['status'];
}

export interface WebhooksOptions extends SenderOptions {
  readonly audit: AuditLog;
}

function toWebhook(row: Row): Webhook {
  const { id, name, description, url, status } = row;
  const times = { createdAtMs: row.created_at_ms, updatedAtMs: row.updated_at_ms };
  return { id, name, description, url, events: decodeJson(row.events), status, ...times };
}

export class WebhooksService {
  readonly #options: WebhooksOptions;
  readonly #sender: WebhookSender;

  constructor(options: WebhooksOptions) {
    this.#options = options;
    this.#sender = new WebhookSender(options);
  }

  start(): void {
    this.#sender.start();
  }

  close(): Promise<void> {
    return this.#sender.close();
  }

  /** Told of what changes from now on. Throws `invalid_argument` on a URL that deliveries may not go to. */
  async create(actor: Actor, wanted: NewWebhook): Promise<Webhook> {
    await this.#assertUrl(wanted.url);
    const { database, audit } = this.#options;
    return database.transaction(async (trx) => {
      const now = nowMs();
      const row: Row = {
        id: newId('webhook'),
        ...this.#columns(wanted),
        position: await lastChange(trx),
        created_at_ms: now,
        updated_at_ms: now,
      };
      await trx.insertInto('webhooks').values(row).execute();
      const details = { name: row.name, url: row.url, events: wanted.events };
      await audit.record(trx, { actor, action: 'webhook.create', subject: row.id, details });
      return toWebhook(row);
    });
  }

  /** Newest first; from after `position`. */
  async list(position: readonly [number, string] | undefined, count: number): Promise<Webhook[]> {
    let query = this.#options.database.kysely.selectFrom('webhooks').selectAll();
    if (position) {
      const [atMs, id] = position;
      query = query.where(sql<SqlBool>`(created_at_ms, id) < (${atMs}, ${id})`);
    }
    const rows = await query.orderBy('created_at_ms', 'desc').orderBy('id', 'desc').limit(count).execute();
    return rows.map(toWebhook);
  }

  async get(id: string): Promise<Webhook> {
    return toWebhook(await this.#row(id));
  }

  /** One that is active again is told of what changes from then on. */
  async update(actor: Actor, id: string, change: Partial<NewWebhook>): Promise<Webhook> {
    if (change.url !== undefined) await this.#assertUrl(change.url);
    const before = await this.#row(id);
    const { database, audit } = this.#options;
    return database.transaction(async (trx) => {
      const woken = change.status === 'active' && before.status === 'disabled';
      const columns = {
        ...this.#columns(change),
        ...(woken ? { position: await lastChange(trx) } : {}),
        updated_at_ms: nowMs(),
      };
      await trx.updateTable('webhooks').set(columns).where('id', '=', id).execute();
      const { secret: _, ...details } = change;
      await audit.record(trx, { actor, action: 'webhook.update', subject: id, details });
      return toWebhook({ ...before, ...columns });
    });
  }

  async delete(actor: Actor, id: string): Promise<void> {
    const { name } = await this.#row(id);
    const { database, audit } = this.#options;
    await database.transaction(async (trx) => {
      await trx.deleteFrom('webhooks').where('id', '=', id).execute();
      await audit.record(trx, { actor, action: 'webhook.delete', subject: id, details: { name } });
    });
  }

  /** Sends an example at once, and gives what was answered. */
  async test(id: string, event: WebhookEvent | undefined): Promise<Posted> {
    const row = await this.#row(id);
    const sent = event ?? decodeJson<WebhookEvent[]>(row.events)[0] ?? 'registered_model.created';
    return this.#sender.post(
      row,
      newId('delivery'),
      messageOf({ event: sent, payload: examplePayload(sent) }, nowMs()),
    );
  }

  #columns(given: NewWebhook): Pick<Row, keyof NewWebhook>;
  #columns(given: Partial<NewWebhook>): Partial<Pick<Row, keyof NewWebhook>>;
  #columns({ events, secret, ...plain }: Partial<NewWebhook>): Partial<Pick<Row, keyof NewWebhook>> {
    return {
      ...plain,
      ...(events === undefined ? {} : { events: encodeJson(events) }),
      ...(secret === undefined ? {} : { secret: secret === null ? null : this.#options.sealer.seal(secret) }),
    };
  }

  async #assertUrl(given: string): Promise<void> {
    const { allowPrivate } = this.#options;
    if (!URL.canParse(given)) throw new MulleError('invalid_argument', `Invalid webhook URL '${given}'.`);
    const url = new URL(given);
    const schemes = allowPrivate ? ['https:', 'http:'] : ['https:'];
    if (!schemes.includes(url.protocol)) {
      const allowed = schemes.map((scheme) => scheme.slice(0, -1)).join(', ');
      throw new MulleError(
        'invalid_argument',
        `Invalid webhook URL scheme: '${url.protocol.slice(0, -1)}'. Allowed schemes are: ${allowed}.`,
      );
    }
    if (!allowPrivate) await assertPublicHost(url);
  }

  async #row(id: string): Promise<Row> {
    const query = this.#options.database.kysely.selectFrom('webhooks').selectAll().where('id', '=', id);
    const row = await query.executeTakeFirst();
    if (row) return row;
    throw new MulleError('not_found', `Webhook with ID ${id} not found.`);
  }
}

async function lastChange(trx: Transaction<Tables>): Promise<number> {
  const query = trx.selectFrom('audit').select((expression) => expression.fn.max('sequence').as('last'));
  return Number((await query.executeTakeFirstOrThrow()).last ?? 0);
}

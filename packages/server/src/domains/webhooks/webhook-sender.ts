/**
 * Tells webhooks of what changed.
 *
 *   audited change ──▶ a delivery for each webhook that asks for it, on record with the webhook's position
 *                        └─▶ sent ──▶ answered below 400: done
 *                               └─▶ no answer, 429, 5xx: again after 1 s, doubling to a minute, eight times in all
 *
 * A delivery has one id, whichever attempt it is: receivers tell a repetition by it. What a crash leaves is sent at the
 * next start. The signature is MLflow's: HMAC-SHA256 over id, time and body.
 */
import type { AuditEntry } from '@mulle/contract';
import type { Selectable } from 'kysely';
import type { Static } from 'typebox';
import type { AccessTables, AuditLog } from '#domains/access/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { hmacSha256 } from '#kernel/seal.ts';
import { decodeJson, encodeJson, type Database } from '#platform/database/index.ts';
import { postJson, type Posted } from '#platform/net/index.ts';
import type { Sealer } from '#platform/secrets/index.ts';
import { toldOf, type EventSources, type Told, type WebhookEvent } from './webhook-events.ts';
import type { WebhooksTables } from './webhooks-tables.ts';

type Row = Selectable<WebhooksTables['webhooks']>;
type Delivery = Selectable<WebhooksTables['webhook_deliveries']>;

export interface SenderOptions extends EventSources {
  readonly database: Database<WebhooksTables & AccessTables>;
  readonly audit: Pick<AuditLog, 'eventsAfter'>;
  readonly sealer: Sealer;
  readonly allowPrivate: boolean;
  readonly onProblem: (thrown: unknown) => void;
  readonly firstRetryMs?: number;
}

const attempts = 8;
const lastRetryMs = 60_000;
const timeoutMs = 30_000;
const readAtOnce = 200;
const sentAtOnce = 8;

export class WebhookSender {
  readonly #options: SenderOptions;
  #stopListening: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #wanted = false;
  #closed = false;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Sends what waits, and follows every commit from then on. */
  start(): void {
    this.#stopListening = this.#options.database.onCommit(() => this.#wake());
    this.#wake();
  }

  /** Waits for what is being sent; the rest is sent at the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopListening();
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** Posts one message as the webhook's receiver will have it. */
  post({ url, secret }: Pick<Row, 'url' | 'secret'>, id: string, body: string): Promise<Posted> {
    const { sealer, allowPrivate } = this.#options;
    const time = String(Math.floor(nowMs() / 1_000));
    const headers: Record<string, string> = { 'x-mlflow-delivery-id': id, 'x-mlflow-timestamp': time };
    if (secret !== null)
      headers['x-mlflow-signature'] = `v1,${hmacSha256(sealer.unseal(secret), `${id}.${time}.${body}`)}`;
    return postJson(new URL(url), body, { headers, timeoutMs, allowPrivate });
  }

  #wake(): void {
    this.#wanted = true;
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    while (this.#wanted && !this.#closed) {
      this.#wanted = false;
      try {
        await this.#fanOut();
        await this.#sendDue();
      } catch (thrown) {
        this.#options.onProblem(thrown);
        this.#wakeIn(lastRetryMs);
      }
    }
    this.#running = undefined;
  }

  #wakeIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#wake(), ms).unref();
  }

  /** Makes deliveries of the changes that webhooks were not told of yet. */
  async #fanOut(): Promise<void> {
    const { database, audit } = this.#options;
    const webhooks = await database.kysely.selectFrom('webhooks').selectAll().where('status', '=', 'active').execute();
    for (const webhook of webhooks) {
      const wanted = decodeJson<WebhookEvent[]>(webhook.events);
      const changes = await audit.eventsAfter(webhook.position, readAtOnce);
      const last = changes.at(-1)?.sequence;
      if (last === undefined) continue;
      const deliveries: Delivery[] = [];
      for (const { event } of changes) {
        const entry = event.value as Static<typeof AuditEntry>;
        const told = await toldOf(entry, this.#options);
        if (told && wanted.includes(told.event)) deliveries.push(deliveryOf(webhook.id, told, entry.timeMs));
      }
      await database.transaction(async (trx) => {
        const moved = await trx
          .updateTable('webhooks')
          .set({ position: last })
          .where('id', '=', webhook.id)
          .executeTakeFirst();
        if (deliveries.length > 0 && moved.numUpdatedRows > 0n) {
          await trx.insertInto('webhook_deliveries').values(deliveries).execute();
        }
      });
    }
  }

  async #sendDue(): Promise<void> {
    const { kysely } = this.#options.database;
    const waiting = kysely.selectFrom('webhook_deliveries').orderBy('next_at_ms').orderBy('id');
    const due = await waiting.selectAll().where('next_at_ms', '<=', nowMs()).limit(sentAtOnce).execute();
    await Promise.all(due.map((delivery) => this.#send(delivery)));
    const next = await waiting.select('next_at_ms').limit(1).executeTakeFirst();
    if (next) this.#wakeIn(Math.max(0, next.next_at_ms - nowMs()));
  }

  async #send(delivery: Delivery): Promise<void> {
    const { database, onProblem, firstRetryMs = 1_000 } = this.#options;
    const { id, webhook_id, body } = delivery;
    const webhook = await database.kysely
      .selectFrom('webhooks')
      .selectAll()
      .where('id', '=', webhook_id)
      .executeTakeFirst();
    if (!webhook) return;
    const answer = await this.post(webhook, id, body).catch((thrown: unknown) => thrown);
    const isPosted = typeof answer === 'object' && answer !== null && 'status' in answer;
    const { status, retryAfterMs } = (isPosted ? answer : { status: 0, retryAfterMs: undefined }) as Posted;
    const isRefusal = answer instanceof MulleError || (status >= 400 && status < 500 && status !== 429);
    const tried = delivery.attempts + 1;
    const done = (status > 0 && status < 400) || isRefusal || tried >= attempts;
    if (done && !(status > 0 && status < 400)) {
      const reason = isPosted ? `it answered ${status}` : String(answer instanceof Error ? answer.message : answer);
      onProblem(
        new MulleError('unavailable', `The webhook ${webhook.name} was not told after ${tried} tries: ${reason}.`),
      );
    }
    await database.transaction(async (trx) => {
      if (done) return trx.deleteFrom('webhook_deliveries').where('id', '=', id).execute();
      const pauseMs = Math.min(lastRetryMs, retryAfterMs ?? firstRetryMs * 2 ** (tried - 1));
      const next = { attempts: tried, next_at_ms: nowMs() + pauseMs };
      return trx.updateTable('webhook_deliveries').set(next).where('id', '=', id).execute();
    });
  }
}

function deliveryOf(webhookId: string, told: Told, timeMs: number): Delivery {
  return {
    id: newId('delivery'),
    webhook_id: webhookId,
    body: messageOf(told, timeMs),
    attempts: 0,
    next_at_ms: nowMs(),
  };
}

/** The message of an event, as MLflow's receivers read it. */
export function messageOf({ event, payload }: Told, timeMs: number): string {
  const [entity, action] = event.split('.');
  return encodeJson({ entity, action, timestamp: new Date(timeMs).toISOString(), data: payload });
}

/** Calls of MLflow's protocol about webhooks. */
import {
  webhookEvents,
  type NewWebhook,
  type Webhook,
  type WebhookEvent,
  type WebhooksService,
} from '#domains/webhooks/index.ts';
import { call, repeated, type MlflowCall, type MlflowRequest } from './call.ts';
import { invalidParameter } from './mlflow-error.ts';
import { readPosition, writePosition } from './page-token.ts';
import {
  maxResults,
  missingField,
  objectList,
  optionalObject,
  optionalText,
  text,
  type Fields,
} from './request-fields.ts';

const namePattern = /^(?=.{1,63}$)[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/i;

function toMessage({ id, name, description, url, events, status, createdAtMs, updatedAtMs }: Webhook) {
  return {
    webhook_id: id,
    name,
    url,
    events: events.map((event) => {
      const [entity = '', action = ''] = event.toUpperCase().split('.');
      return { entity, action };
    }),
    description: description ?? undefined,
    status: status.toUpperCase(),
    creation_timestamp: createdAtMs,
    last_updated_timestamp: updatedAtMs,
  };
}

function webhookName(fields: Fields): string {
  const name = text(fields, 'name');
  if (namePattern.test(name)) return name;
  throw invalidParameter(
    `Webhook name '${name}' is invalid. It must start and end with a letter or digit, be less than 63 characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-).`,
  );
}

function eventOf(fields: Fields): WebhookEvent {
  const [entity, action] = [text(fields, 'entity').toLowerCase(), text(fields, 'action').toLowerCase()];
  const found = webhookEvents.find((event) => event === `${entity}.${action}`);
  if (found) return found;
  const actions = webhookEvents.flatMap((event) => (event.startsWith(`${entity}.`) ? [event.split('.')[1]] : []));
  throw invalidParameter(
    `Invalid action '${action}' for entity '${entity}'. Valid actions are: [${actions.map((name) => `'${name}'`).join(', ')}]`,
  );
}

function eventsOf(fields: Fields): WebhookEvent[] {
  return [...new Set(objectList(fields, 'events').map(eventOf))];
}

function statusOf(fields: Fields): NewWebhook['status'] | undefined {
  const given = optionalText(fields, 'status');
  if (given === undefined || given === '') return undefined;
  if (given === 'ACTIVE') return 'active';
  if (given === 'DISABLED') return 'disabled';
  throw invalidParameter(`Invalid value "${given}" for parameter 'status' supplied: it is ACTIVE or DISABLED.`);
}

const id = (request: MlflowRequest): string => request.params['webhook_id'] ?? '';

export function webhookCalls(webhooks: WebhooksService): readonly MlflowCall[] {
  const answered = (webhook: Webhook) => ({ webhook: toMessage(webhook) });
  return [
    call('POST', 'webhooks', 'maintainer', async ({ actor, fields }) => {
      const name = webhookName(fields);
      const url = text(fields, 'url');
      const events = eventsOf(fields);
      if (events.length === 0) throw missingField('events');
      const description = optionalText(fields, 'description') || null;
      const secret = optionalText(fields, 'secret') || null;
      const status = statusOf(fields) ?? 'active';
      return answered(await webhooks.create(actor, { name, url, events, description, secret, status }));
    }),
    call('GET', 'webhooks', 'maintainer', async ({ fields }) => {
      const count = maxResults(fields, 100, 1_000);
      const [atMs, after] = readPosition(optionalText(fields, 'page_token')) ?? [];
      const position = typeof atMs === 'number' && typeof after === 'string' ? ([atMs, after] as const) : undefined;
      const found = await webhooks.list(position, count);
      const last = found.length === count ? found.at(-1) : undefined;
      return {
        webhooks: repeated(found.map(toMessage)),
        next_page_token: last && writePosition([last.createdAtMs, last.id]),
      };
    }),
    call('GET', 'webhooks/:webhook_id', 'maintainer', async (request) => answered(await webhooks.get(id(request)))),
    call('PATCH', 'webhooks/:webhook_id', 'maintainer', async (request) => {
      const { actor, fields } = request;
      const [description, secret, status] = [
        optionalText(fields, 'description'),
        optionalText(fields, 'secret'),
        statusOf(fields),
      ];
      const events = eventsOf(fields);
      const url = optionalText(fields, 'url') || undefined;
      return answered(
        await webhooks.update(actor, id(request), {
          ...(optionalText(fields, 'name') ? { name: webhookName(fields) } : {}),
          ...(url === undefined ? {} : { url }),
          ...(events.length > 0 ? { events } : {}),
          ...(description === undefined ? {} : { description }),
          ...(secret === undefined ? {} : { secret: secret === '' ? null : secret }),
          ...(status === undefined ? {} : { status }),
        }),
      );
    }),
    call('DELETE', 'webhooks/:webhook_id', 'maintainer', async (request) => {
      await webhooks.delete(request.actor, id(request));
      return {};
    }),
    call('POST', 'webhooks/:webhook_id/test', 'maintainer', async (request) => {
      const given = optionalObject(request.fields, 'event');
      const event = given && eventOf(given);
      await webhooks.get(id(request));
      try {
        const { status, body } = await webhooks.test(id(request), event);
        return { result: { success: status < 400, response_status: status, response_body: body } };
      } catch (thrown) {
        const message = thrown instanceof Error ? thrown.message : String(thrown);
        return { result: { success: false, error_message: `Failed to test webhook: ${message}` } };
      }
    }),
  ];
}

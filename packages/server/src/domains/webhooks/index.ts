export { webhookEvents, type WebhookEvent } from './webhook-events.ts';
export { webhooksMigrations, type WebhooksTables } from './webhooks-tables.ts';
export { WebhooksService, type NewWebhook, type Webhook, type WebhooksOptions } from './webhooks-service.ts';

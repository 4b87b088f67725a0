export { EventIngestion } from './events/event-ingestion.js';
export { WebhooksModule } from './webhooks.module.js';

export { EventIngestion } from './events/event-ingestion.js';
export { TenantKeyRotation } from './subscriptions/tenant-key-rotation.js';
export { WebhooksModule } from './webhooks.module.js';

export { MAX_ENVELOPE_BYTES } from './envelope.js';
export { EventPublisher, type EventToPublish, type PublishedEvent } from './event-publisher.js';

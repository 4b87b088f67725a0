export { MAX_ENVELOPE_BYTES, writeEnvelope } from './envelope.js';
export { isUsableSchema } from './event-catalogue.js';
export { EventPublisher, type EventToPublish, type PublishedEvent } from './event-publisher.js';

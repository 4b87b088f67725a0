export type { JobHandler } from './queue-backend.js';
export { Queues, type WakeUp } from './queues.js';
export { QueuesModule, type QueuesModuleOptions } from './queues.module.js';

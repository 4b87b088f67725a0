import type { Job, QueueOptions, WorkerOptions } from 'bullmq';
import { Queue, Worker } from 'bullmq';

/** Work on one job. Its data are ids, never secrets, bodies or URLs. */
export type JobHandler = (data: Readonly<Record<string, string>>) => Promise<void>;

/** Makes BullMQ queues and workers; nothing else knows which datastore holds them. */
export interface QueueBackend {
  /** Whether it answers. Of a queue that is made while it does not, every call would wait until it does. */
  readonly isUp: boolean;
  createQueue(name: string): Queue;
  createWorker(name: string, concurrency: number, handler: JobHandler): Worker;
  /** Ends the connections, after the queues and workers. */
  close(): Promise<void>;
}

/** Jobs run once and leave nothing behind: outcomes live in our tables. */
export const queueOptions = {
  defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
} as const satisfies Partial<QueueOptions>;

/**
 * A killed worker keeps its jobs' deduplication ids until they are declared stalled: with BullMQ's 30 s + 30 s an
 * endpoint would be silent for a minute. Two kills move a job to `failed` whatever `attempts` says, unless the
 * stalled count is out of reach.
 */
export const workerOptions = {
  lockDuration: 10_000,
  stalledInterval: 5_000,
  maxStalledCount: 1_000_000,
  runRetryDelay: 1_000,
} as const satisfies Partial<WorkerOptions>;

export const toProcessor =
  (handler: JobHandler) =>
  (job: Job): Promise<void> =>
    handler(job.data as Readonly<Record<string, string>>);

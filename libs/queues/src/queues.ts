import type { Logger } from '#libs/foundation';
import type { Queue, Worker } from 'bullmq';
import type { JobHandler, QueueBackend } from './queue-backend.js';

export interface WakeUp {
  /** One job at a time runs for a key; calls in the meantime are folded into one that follows. */
  key: string;
  data: Readonly<Record<string, string>>;
  /** 1 runs first. */
  priority: number;
}

/**
 * Jobs added in one transaction. On PostgreSQL each takes a lock of its own until the commit, out of a table of locks
 * that all sessions share.
 */
const CHUNK = 500;

/** Wakes and schedules workers. Never told what the work is about: that stands in our tables. */
export class Queues {
  private readonly queues = new Map<string, Queue>();
  private readonly workers: Worker[] = [];
  /** Those whose backend has answered: of the others no job is under way, and a patient end would wait for it. */
  private readonly begun = new WeakSet<Worker>();

  constructor(
    private readonly backend: QueueBackend,
    private readonly logger: Logger,
  ) {}

  /**
   * Wakes a worker for each key. Never delayed: a delayed job would swallow immediate ones of its key.
   * A failure is logged, not thrown, for whoever depends on a wake-up is woken by the tick as well.
   */
  async wake(name: string, wakeUps: readonly WakeUp[]): Promise<void> {
    // In one order in every process, so that no two wait for each other's locks.
    const sorted = [...wakeUps].sort((a, b) => (a.key < b.key ? -1 : 1));
    for (let start = 0; start < sorted.length; start += CHUNK)
      await this.add(name, sorted.slice(start, start + CHUNK));
  }

  /**
   * Has one worker of all processes called every `everyMs`. Puts back what a flushed Redis has forgotten.
   * @throws Error while the backend does not answer
   */
  async schedule(name: string, everyMs: number): Promise<void> {
    const queue = this.live(name);
    const known = await queue.getJobScheduler(name);
    if (Number(known?.every) === everyMs) return;
    await queue.upsertJobScheduler(name, { every: everyMs }, { name, data: {} });
  }

  /** Starts a worker, which begins once the backend answers. @param concurrency jobs at once in this process */
  async consume(name: string, concurrency: number, handler: JobHandler): Promise<void> {
    const worker = this.backend.createWorker(name, concurrency, handler);
    worker.on('error', (error) => this.logger.warn({ err: error, queue: name }, 'queue error'));
    worker.on('failed', (_job, error) =>
      this.logger.error({ err: error, queue: name }, 'job failed'),
    );
    this.workers.push(worker);
    const begun = worker.waitUntilReady().then(() => this.begun.add(worker));
    if (this.backend.isUp) await begun;
    else begun.catch(() => undefined);
  }

  /** Takes no new jobs and waits for those that run. */
  async stop(): Promise<void> {
    await Promise.all(
      this.workers.splice(0).map((worker) => worker.close(!this.begun.has(worker))),
    );
  }

  async close(): Promise<void> {
    await this.stop();
    await Promise.all([...this.queues.values()].map((queue) => queue.close()));
    await this.backend.close();
  }

  private async add(name: string, wakeUps: readonly WakeUp[]): Promise<void> {
    try {
      await this.live(name).addBulk(
        wakeUps.map(({ key, data, priority }) => ({
          name,
          data,
          opts: { priority, deduplication: { id: key, keepLastIfActive: true } },
        })),
      );
    } catch (error) {
      this.logger.warn({ err: error, queue: name, jobs: wakeUps.length }, 'wake-up failed');
    }
  }

  private live(name: string): Queue {
    if (!this.backend.isUp) throw new Error('the queue does not answer');
    let queue = this.queues.get(name);
    if (!queue) {
      queue = this.backend.createQueue(name);
      queue.on('error', (error) => this.logger.warn({ err: error, queue: name }, 'queue error'));
      this.queues.set(name, queue);
    }
    return queue;
  }
}

import { Worker } from 'node:worker_threads';
import { AppError } from '#libs/foundation';

export interface Argon2Parameters {
  /** KiB. */
  memory: number;
  passes: number;
  parallelism: number;
}

interface Job {
  message: Buffer;
  nonce: Buffer;
  parameters: Argon2Parameters;
  resolve: (tag: Buffer) => void;
  reject: (error: Error) => void;
}

const tagBytes = 32;

/**
 * The threads' whole program: argon2 runs in the thread itself, not in libuv's pool, which signs RSA. As
 * text, so that it is the same compiled, under Jest and in a bundle. On Linux the 0 of setPriority is the calling
 * thread alone: logins give way to token issuance. Elsewhere it would be the whole process, so it is left.
 */
const program = `
const { parentPort } = require('node:worker_threads');
const { argon2Sync } = require('node:crypto');
if (process.platform === 'linux') require('node:os').setPriority(0, 15);
parentPort.on('message', ({ message, nonce, parameters, tagLength }) => {
  parentPort.postMessage(argon2Sync('argon2id', { message, nonce, ...parameters, tagLength }));
});`;

/**
 * A few threads that hash passwords, one at a time each; the forms of the pages come to them in turns (`Turns`). A
 * thread is started by a job that finds none, so that one which has died is replaced, and never in a circle.
 */
export class Argon2Pool {
  private readonly workers = new Set<Worker>();
  private readonly idle = new Set<Worker>();
  private readonly waiting: Job[] = [];
  private readonly running = new Map<Worker, Job>();
  private closed = false;

  constructor(private readonly threads: number) {}

  /** argon2id (RFC 9106). @throws AppError temporarily_unavailable once it is closed */
  async hash(message: Buffer, nonce: Buffer, parameters: Argon2Parameters): Promise<Buffer> {
    if (this.closed) throw unavailable();
    return new Promise((resolve, reject) => {
      this.waiting.push({ message, nonce, parameters, resolve, reject });
      this.next();
    });
  }

  /** Ends the threads. What waits or runs is told so. */
  async close(): Promise<void> {
    this.closed = true;
    for (const job of this.waiting.splice(0)) job.reject(unavailable());
    await Promise.all([...this.workers].map((worker) => worker.terminate()));
  }

  private startWorker(): Worker {
    const worker = new Worker(program, { eval: true });
    this.workers.add(worker);
    worker.unref();
    worker.on('message', (tag: Uint8Array) => {
      const job = this.jobOf(worker);
      this.idle.add(worker);
      job?.resolve(Buffer.from(tag));
      this.next();
    });
    let reason = new Error('a thread for passwords has ended');
    worker.on('error', (error: Error) => (reason = error));
    // Follows every error.
    worker.on('exit', () => {
      this.workers.delete(worker);
      this.idle.delete(worker);
      this.jobOf(worker)?.reject(this.closed ? unavailable() : reason);
      this.next();
    });
    return worker;
  }

  private jobOf(worker: Worker): Job | undefined {
    const job = this.running.get(worker);
    this.running.delete(worker);
    return job;
  }

  private next(): void {
    const job = this.waiting[0];
    if (!job) return;
    const [free] = this.idle;
    const worker = free ?? (this.workers.size < this.threads ? this.startWorker() : undefined);
    if (!worker) return;
    this.waiting.shift();
    this.idle.delete(worker);
    this.running.set(worker, job);
    const { message, nonce, parameters } = job;
    worker.postMessage({ message, nonce, parameters, tagLength: tagBytes });
  }
}

function unavailable(): AppError {
  return new AppError('temporarily_unavailable', { headers: { 'Retry-After': '5' } });
}

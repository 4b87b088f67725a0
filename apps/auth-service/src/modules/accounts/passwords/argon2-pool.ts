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

/** A few threads that hash passwords, one at a time each; the forms of the pages come to them in turns (`Turns`). */
export class Argon2Pool {
  private readonly idle: Worker[] = [];
  private readonly waiting: Job[] = [];
  private readonly running = new Map<Worker, Job>();
  private closed = false;

  constructor(threads: number) {
    for (let i = 0; i < threads; i++) this.idle.push(this.startWorker());
  }

  /** argon2id (RFC 9106). @throws AppError temporarily_unavailable once it is closed */
  async hash(message: Buffer, nonce: Buffer, parameters: Argon2Parameters): Promise<Buffer> {
    if (this.closed)
      throw new AppError('temporarily_unavailable', { headers: { 'Retry-After': '5' } });
    return new Promise((resolve, reject) => {
      this.waiting.push({ message, nonce, parameters, resolve, reject });
      this.next();
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    const workers = [...this.idle, ...this.running.keys()];
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  private startWorker(): Worker {
    const worker = new Worker(program, { eval: true });
    worker.unref();
    worker.on('message', (tag: Uint8Array) => {
      const job = this.running.get(worker);
      this.running.delete(worker);
      this.idle.push(worker);
      job?.resolve(Buffer.from(tag));
      this.next();
    });
    worker.on('error', (error) => {
      const job = this.running.get(worker);
      this.running.delete(worker);
      if (!this.closed) this.idle.push(this.startWorker());
      job?.reject(error);
    });
    return worker;
  }

  private next(): void {
    const worker = this.waiting.length > 0 ? this.idle.pop() : undefined;
    const job = worker && this.waiting.shift();
    if (!worker || !job) return;
    this.running.set(worker, job);
    const { message, nonce, parameters } = job;
    worker.postMessage({ message, nonce, parameters, tagLength: tagBytes });
  }
}

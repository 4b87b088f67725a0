import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { ReadyMessage } from '#libs/foundation';

const root = path.resolve(__dirname, '../../../..');
const entries = path.join(root, 'dist/apps/auth-service/src');

/** Compiles what has changed, so that a worker can run as a process of its own. */
export function buildWorker(): void {
  const tsc = createRequire(__filename).resolve('typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-b', 'apps/auth-service/tsconfig.app.json'], { cwd: root });
}

/** A delivery worker or an API as a process of its own, to be stopped by any signal. */
export class WorkerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly ports: ReadyMessage['ports'],
  ) {}

  /** Resolves once the process is ready. */
  static async start(
    environment: Readonly<Record<string, string>>,
    entry: 'worker.main.js' | 'main.js' = 'worker.main.js',
  ): Promise<WorkerProcess> {
    const child = spawn(process.execPath, [path.join(entries, entry)], {
      env: { PATH: process.env['PATH'], LOG_LEVEL: 'silent', ...environment },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const ended = once(child, 'exit').then(() => {
      throw new Error('the worker ended before it was ready');
    });
    ended.catch(() => undefined);
    const [ready] = (await Promise.race([once(child, 'message'), ended])) as [ReadyMessage];
    return new WorkerProcess(child, ready.ports);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** @returns the exit status, or null after SIGKILL */
  async end(name: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const exit = once(this.child, 'exit') as Promise<[number | null]>;
    this.child.kill(name);
    return (await exit)[0];
  }
}

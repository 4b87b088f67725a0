import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import type { Runtime } from '../start/runtime-file.ts';

const root = path.resolve(__dirname, '../..');
const FREE_PORTS = {
  AUTH_PORT: '0',
  AUTH_OPERATOR_PORT: '0',
  GATEWAY_PORT: '0',
  GATEWAY_OPERATOR_PORT: '0',
};

/** Compiles what changed, as `npm start` does. */
export function compile(): void {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const projects = ['auth-service', 'api-gateway'].map((app) => `apps/${app}/tsconfig.app.json`);
  execFileSync(process.execPath, [tsc, '-b', ...projects], { cwd: root, stdio: 'inherit' });
}

/** `npm start` without npm: its process and what it has said so far. */
export class Started {
  stdout = '';
  stderr = '';
  readonly #process: ChildProcess;
  /** The exit status, once every process that holds its output has ended. */
  readonly ended: Promise<number | null>;

  constructor(
    readonly dataDir: string,
    environment: Readonly<Record<string, string>> = {},
    { throughShell = false } = {},
  ) {
    const inherited = { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'] };
    const script = path.join(root, 'scripts', 'start.ts');
    const [command, words] = throughShell
      ? ['sh', ['-c', `"${process.execPath}" "${script}"; exit $?`]]
      : [process.execPath, [script]];
    this.#process = spawn(command, words, {
      cwd: root,
      env: { ...inherited, ...FREE_PORTS, LOG_LEVEL: 'warn', DATA_DIR: dataDir, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.#process.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.ended = once(this.#process, 'close').then(([code]) => code as number | null);
  }

  /** Resolves once it has printed `ready`, with what it wrote down. */
  async ready(): Promise<Runtime> {
    const printed = new Promise<'ready'>((resolve) => {
      this.#process.stdout?.on('data', () => {
        if (/^ready$/m.test(this.stdout)) resolve('ready');
      });
    });
    if ((await Promise.race([printed, this.ended])) !== 'ready')
      throw new Error(`it ended before it was ready:\n${this.stdout}${this.stderr}`);
    return this.runtime();
  }

  runtime(): Runtime {
    return JSON.parse(fs.readFileSync(path.join(this.dataDir, 'runtime.json'), 'utf8')) as Runtime;
  }

  /** Sends the signal, if it still runs, and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.#process.kill(signal);
    return this.ended;
  }
}

export function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) throw new Error('no pid');
  try {
    // Where init is slow to reap, an ended process still has its number, but no command any more.
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { StartError } from '../start-error.ts';
import type { Environment } from './settings.ts';

/** What an app tells its parent once both its listeners are bound. */
export interface ReadyMessage {
  readonly type: 'ready';
  readonly ports: { readonly public: number; readonly operator: number };
}

/** It has said on stderr why it does not start: nothing is to be added. */
export class AlreadySaid extends Error {}

/** One of the apps, as a child process. */
export class AppProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  /** What became of it, once it has ended: `exit code 1`, `signal SIGKILL`. */
  readonly ended: Promise<string>;

  constructor(name: string, main: string, environment: Environment) {
    if (!fs.existsSync(main))
      throw new StartError(`${main} is missing: build the apps first with \`npm run build\`.`);
    this.name = name;
    this.#child = spawn(process.execPath, [main], {
      env: environment,
      // A process group of its own: Ctrl-C reaches the supervisor alone, which then lets the apps drain. When the
      // supervisor is killed the channel closes, and the app ends by itself.
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(error.message));
      this.#child.once('exit', (code, signal) =>
        resolve(signal ? `signal ${signal}` : `exit code ${code ?? 'unknown'}`),
      );
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves when the app serves; rejects when it ends before that. */
  async ready(): Promise<ReadyMessage> {
    const message = new Promise<ReadyMessage>((resolve) => {
      this.#child.on('message', (said) => {
        if (isReady(said)) resolve(said);
      });
    });
    const outcome = await Promise.race([message, this.ended]);
    if (typeof outcome !== 'string') return outcome;
    if (outcome.startsWith('exit code'))
      throw new AlreadySaid(`${this.name} did not start: its words above say why`);
    throw new StartError(`${this.name} ended before it was ready (${outcome}): start again.`);
  }

  /** Asks it to drain and end, and waits; kills it when that takes longer than `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.kill(), graceMs);
    await this.ended;
    clearTimeout(late);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

function isReady(message: unknown): message is ReadyMessage {
  return (
    typeof message === 'object' && message !== null && 'type' in message && message.type === 'ready'
  );
}

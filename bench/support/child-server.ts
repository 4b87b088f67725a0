import { type ChildProcess, fork } from 'node:child_process';
import { cpuMs, residentMib } from './process-usage.ts';

/** What a server under test tells its parent when it listens. */
export interface ServerReady {
  ports: { public: number };
}

/** A server in a process of its own, so that its CPU time can be told apart. */
export class ChildServer {
  readonly name: string;
  readonly port: number;
  private readonly child: ChildProcess;

  private constructor(name: string, child: ChildProcess, port: number) {
    this.name = name;
    this.child = child;
    this.port = port;
  }

  /** Starts a module and waits until it says that it listens. @param execArgv options of Node itself */
  static async start(
    name: string,
    module: string,
    environment: Readonly<Record<string, string>>,
    execArgv: readonly string[] = [],
  ): Promise<ChildServer> {
    const child = fork(module, [], {
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [...execArgv],
    });
    const port = await new Promise<number>((resolve, reject) => {
      child.once('message', (message) => resolve((message as ServerReady).ports.public));
      child.once('exit', (code) => reject(new Error(`${name} ended with ${String(code)}`)));
    });
    child.removeAllListeners('exit');
    return new ChildServer(name, child, port);
  }

  cpuMs(): number {
    return cpuMs(this.child.pid ?? 0);
  }

  residentMib(): number {
    return residentMib(this.child.pid ?? 0);
  }

  /** Tells the server something that its module understands. */
  send(message: object): void {
    this.child.send(message);
  }

  /** As `send`. @returns the next thing it says */
  async ask<Answer>(message: object): Promise<Answer> {
    const answer = new Promise((resolve) => this.child.once('message', resolve));
    this.send(message);
    return (await answer) as Answer;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await ended;
  }
}

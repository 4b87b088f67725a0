import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';

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

  /** Starts a module and waits until it says that it listens. */
  static async start(
    name: string,
    module: string,
    environment: Readonly<Record<string, string>>,
  ): Promise<ChildServer> {
    const child = fork(module, [], {
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
    });
    const port = await new Promise<number>((resolve, reject) => {
      child.once('message', (message) => resolve((message as ServerReady).ports.public));
      child.once('exit', (code) => reject(new Error(`${name} ended with ${String(code)}`)));
    });
    child.removeAllListeners('exit');
    return new ChildServer(name, child, port);
  }

  /** User and system time of the process with all its threads, in milliseconds, from the operating system. */
  cpuMs(): number {
    const stat = readFileSync(`/proc/${String(this.child.pid)}/stat`, 'utf8');
    // After the name in parentheses: field 14 is utime, 15 is stime, in clock ticks of 10 ms.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  /** Tells the server something that its module understands. */
  send(message: object): void {
    this.child.send(message);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await ended;
  }
}

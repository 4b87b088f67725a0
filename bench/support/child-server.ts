import { type ChildProcess, fork } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

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
    const tasks = `/proc/${String(this.child.pid)}/task`;
    let nanoseconds = 0;
    for (const thread of readdirSync(tasks)) {
      // The first number is what the thread spent on a CPU (proc(5)); `stat` counts in ticks of 10 ms.
      nanoseconds += Number(readFileSync(`${tasks}/${thread}/schedstat`, 'utf8').split(' ', 1)[0]);
    }
    return nanoseconds / 1e6;
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

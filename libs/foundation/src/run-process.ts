import { setFlagsFromString } from 'node:v8';
import type { ListenerName } from './http/listener.js';
import type { Logger } from './logging/logger.js';
import { ConfigError } from './config/parse-environment.js';

/** Something that runs until it is told to stop. */
export interface RunningProcess {
  ports: Readonly<Partial<Record<ListenerName, number>>>;
  logger: Logger;
  stop(): Promise<void>;
}

/** What a child tells the supervisor that started it. */
export type ReadyMessage = { type: 'ready'; ports: RunningProcess['ports'] };

/** Longer than requests, deliveries and sockets have; shorter than an operator is told to wait before the kill. */
const STOP_LIMIT_MS = 35_000;

/**
 * The life of a service process: starts it, tells its parent when it is ready, stops it once on SIGTERM or
 * SIGINT, whatever does not answer any more. What the operator can mend ends in one sentence on stderr and status 1.
 */
export async function runProcess(start: () => Promise<RunningProcess>): Promise<void> {
  keepHeapSmall();
  let running: RunningProcess;
  try {
    running = await start();
  } catch (error) {
    process.stderr.write(`${toSentence(error)}\n`);
    process.exit(1);
  }
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    const fail = (error: unknown): void => {
      running.logger.error({ err: error }, 'stop failed');
      process.exit(1);
    };
    setTimeout(() => fail(new Error(`not stopped after ${STOP_LIMIT_MS} ms`)), STOP_LIMIT_MS);
    running
      .stop()
      .then(() => process.exit(0))
      .catch(fail);
  };
  // Not once: without a listener, the second signal of a supervisor or a terminal would kill at once.
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // A supervisor that died takes its children with it.
  process.once('disconnect', stop);
  const ready: ReadyMessage = { type: 'ready', ports: running.ports };
  running.logger.info({ ports: running.ports }, 'ready');
  process.send?.(ready);
}

/**
 * Has V8 collect when the heap has grown by two fifths, not to the fourfold: memory reaches its size within minutes of
 * load and stays there, so that a container's limit can be chosen by what is seen. Costs up to 3 % CPU.
 */
function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=40');
}

const unreachable = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ECONNRESET',
]);

/** What to tell the operator of a start that failed. */
export function toSentence(error: unknown): string {
  return (
    adviceOn(error) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error))
  );
}

/** The sentence on a failure that the operator can mend. */
export function adviceOn(error: unknown): string | undefined {
  if (error instanceof ConfigError) return error.message;
  const { code } = error as { code?: string };
  if (code !== undefined && unreachable.has(code)) {
    return `The database cannot be reached (${code}): check that DATABASE_URL is right and that PostgreSQL is running.`;
  }
  if (code === '28P01' || code === '28000')
    return 'The database refused the login: check user and password in DATABASE_URL.';
  if (code === '3D000')
    return 'The database does not exist: create it, or correct its name in DATABASE_URL.';
  if (code === '42P01')
    return 'The database has no tables yet: run `npm run cli -- migrate` first.';
  return undefined;
}

import pino, { type DestinationStream, type Logger as PinoLogger } from 'pino';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** Structured log. `error` wakes a person, `warn` heals itself. */
export type Logger = PinoLogger;

/** Injection token of the process's logger. */
export const LOGGER = Symbol('Logger');

/** Members that hold a secret wherever they stand, one level deep included. A second wall: secrets are not logged in the first place. */
const secretMembers = new Set([
  'authorization',
  'cookie',
  'password',
  'secret',
  'client_secret',
  'clientSecret',
  'token',
  'access_token',
  'refresh_token',
  'client_assertion',
  'code',
  'code_verifier',
  'private_key',
  'databaseUrl',
  'keyEncryptionKey',
]);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof Error);

/** pino's own redaction walks every path on every line: 20 µs a request, against one here. */
function redact(line: Record<string, unknown>, depth = 0): Record<string, unknown> {
  let copy = line;
  for (const [name, value] of Object.entries(line)) {
    const clean = secretMembers.has(name)
      ? '[redacted]'
      : depth === 0 && isRecord(value)
        ? redact(value, 1)
        : value;
    if (clean === value) continue;
    if (copy === line) copy = { ...line };
    copy[name] = clean;
  }
  return copy;
}

export function createLogger(options: {
  name: string;
  level: LogLevel;
  destination?: DestinationStream;
}): Logger {
  const settings = {
    level: options.level,
    base: { service: options.name },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (line: Record<string, unknown>) => redact(line),
    },
  };
  return pino(settings, options.destination ?? standardOutput());
}

/** What waits is written once it has so many characters, or the first of it has waited so long. */
const GATHERED = 65_536;
const GATHERED_FOR_MS = 250;

/**
 * One write for many lines: one of its own for each costs as much as a signature. They wait as one text, for pino
 * measures what waits anew with each line (9 µs), and each would be a buffer of its own (2 µs). A fatal error and the
 * exit write what is left.
 */
function standardOutput(): DestinationStream {
  const stream = pino.destination({ dest: 1, sync: false, contentMode: 'buffer' });
  const write = stream.write.bind(stream) as (lines: unknown) => boolean;
  const flush = stream.flush.bind(stream);
  const flushSync = stream.flushSync.bind(stream);
  let waiting = '';
  let timer: NodeJS.Timeout | undefined;
  const handOver = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting === '') return;
    write(Buffer.from(waiting));
    waiting = '';
  };
  return Object.assign(stream, {
    write: (line: string): boolean => {
      timer ??= setTimeout(handOver, GATHERED_FOR_MS).unref();
      waiting += line;
      if (waiting.length >= GATHERED) handOver();
      return true;
    },
    flush: (done?: (error?: Error) => void): void => {
      handOver();
      flush(done);
    },
    flushSync: (): void => {
      handOver();
      flushSync();
    },
  });
}

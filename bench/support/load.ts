import http from 'node:http';

export interface BenchRequest {
  port: number;
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
  /** The status that counts as success. */
  expect: number;
}

export interface LoadResult {
  seconds: number;
  /** Milliseconds of each request, in the order of the answers. */
  latenciesMs: number[];
}

export interface LoadOptions {
  connections: number;
  /** As many requests in all. */
  requests: number;
  /** Sends on beyond them until this is settled. */
  until?: Promise<unknown>;
}

/** A closed loop: so many connections, each sending its next request when the last one was answered. */
export async function load(request: BenchRequest, options: LoadOptions): Promise<LoadResult> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: options.connections });
  const latenciesMs: number[] = [];
  let left = options.requests;
  let isOver = options.until === undefined;
  void options.until?.then(() => (isOver = true));
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: options.connections }, async () => {
      while (left-- > 0 || !isOver) {
        const sentAt = performance.now();
        await send(agent, request);
        latenciesMs.push(performance.now() - sentAt);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  agent.destroy();
  return { seconds, latenciesMs };
}

function send(agent: http.Agent, request: BenchRequest): Promise<void> {
  const { port, method, path, headers, body, expect } = request;
  return new Promise((resolve, reject) => {
    const outgoing = http.request(
      { host: '127.0.0.1', port, method, path, headers, agent },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('end', () => {
          if (response.statusCode === expect) return resolve();
          const text = Buffer.concat(chunks).toString();
          reject(new Error(`${path} answered ${String(response.statusCode)}: ${text}`));
        });
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** The value below which the share of the numbers lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

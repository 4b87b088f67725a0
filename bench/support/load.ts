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
  /** Milliseconds of each request, sorted. */
  latenciesMs: number[];
}

/** A closed loop: so many connections, each sending its next request when the last one was answered. */
export async function load(
  request: BenchRequest,
  options: { requests: number; connections: number },
): Promise<LoadResult> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: options.connections });
  const latenciesMs: number[] = [];
  let left = options.requests;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: options.connections }, async () => {
      while (left-- > 0) {
        const sentAt = performance.now();
        await send(agent, request);
        latenciesMs.push(performance.now() - sentAt);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  agent.destroy();
  return { seconds, latenciesMs: latenciesMs.sort((a, b) => a - b) };
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

/** The value below which the share of the sorted numbers lies. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}

// A receiver with TLS that keeps a ledger: which event reached which path how often, and how long after its publishing.
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { decodeId, uuidTime } from '#libs/foundation';

/** What the parent asks for. */
export type ReceiverQuestion = { forget: true } | { until: number } | { report: true };

export interface ReceiverReport {
  /** Requests, and how many of them had not been seen before. */
  received: number;
  unique: number;
  handshakes: number;
  /** From the publishing of an event to the first byte of its request, in milliseconds, sorted. */
  latenciesMs: number[];
}

let received = 0;
let handshakes = 0;
let seen = new Set<string>();
let latenciesMs: number[] = [];
let awaited: number | undefined;

const server = createServer(
  { key: process.env.BENCH_KEY, cert: process.env.BENCH_CERT },
  (request, response) => {
    const at = Date.now();
    request.resume().on('end', () => {
      const id = String(request.headers['webhook-id']);
      received++;
      seen.add(`${request.url ?? ''} ${id}`);
      latenciesMs.push(at - uuidTime(decodeId('evt', id) ?? id));
      response.writeHead(204).end();
      answerIfReached();
    });
  },
);
server.on('secureConnection', () => handshakes++);

function answerIfReached(): void {
  if (awaited === undefined || seen.size < awaited) return;
  awaited = undefined;
  process.send?.({ reached: seen.size });
}

process.on('message', (question: ReceiverQuestion) => {
  if ('until' in question) {
    awaited = question.until;
    answerIfReached();
  } else if ('report' in question) {
    const report: ReceiverReport = {
      received,
      unique: seen.size,
      handshakes,
      latenciesMs: latenciesMs.sort((a, b) => a - b),
    };
    process.send?.(report);
  } else {
    received = 0;
    handshakes = 0;
    seen = new Set();
    latenciesMs = [];
    process.send?.({ forgotten: true });
  }
});
process.on('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1', () => {
  process.send?.({ type: 'ready', ports: { public: (server.address() as AddressInfo).port } });
});

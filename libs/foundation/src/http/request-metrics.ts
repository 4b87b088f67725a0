import type { ServerResponse } from 'node:http';
import type { Metrics } from '../metrics.js';
import { Counter, type Histogram } from 'prom-client';
import { requestState } from './request-facts.js';
import type { ListenerName } from './listener.js';
import type { Route } from './route-table.js';

const boundsSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const boundsMs = boundsSeconds.map((seconds) => seconds * 1_000);

type RouteLabels = Readonly<Record<'listener' | 'method' | 'route', string>>;

interface RouteCounts {
  readonly labels: RouteLabels;
  /** By the first digit of the status; at 0 the requests whose caller left before the whole answer. */
  readonly byClass: number[];
  /** By the first bound that is not passed; the last for what passes them all. */
  readonly byBound: number[];
  sumMs: number;
}

/**
 * What both apps tell Prometheus of their requests. Labels come from the route table, never from a caller. prom-client
 * hashes labels at every count (1 µs): counts are kept here, and put into words when someone reads.
 */
export class RequestMetrics {
  private readonly counts = new Map<Route | ListenerName, RouteCounts>();

  constructor({ registry }: Metrics) {
    const { counts } = this;
    new Counter({
      name: 'http_requests_total',
      help: 'Requests by listener, method, route and class of the status; aborted where the caller left before.',
      labelNames: ['listener', 'method', 'route', 'status'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels, byClass } of counts.values())
          for (const [digit, count] of byClass.entries())
            if (count > 0) this.inc({ ...labels, status: nameOf(digit) }, count);
      },
    });
    const name = 'http_request_duration_seconds';
    const help = 'From the first byte to the end of the answer.';
    const read = {
      name,
      get: () => ({ name, help, type: 'histogram', values: histogramOf(name, counts.values()) }),
    };
    // The registry asks a metric for no more than this; a Histogram can only count what it observes itself.
    registry.registerMetric(read as unknown as Histogram);
  }

  /** To be called once the response is closed. */
  note(response: ServerResponse, nowMs: number): void {
    const { listener, route, startedAtMs } = requestState(response.req);
    const counts = this.counts.get(route ?? listener) ?? this.add(listener, route);
    const digit = response.writableFinished ? Math.trunc(response.statusCode / 100) : 0;
    const durationMs = nowMs - startedAtMs;
    let bound = 0;
    while (durationMs > (boundsMs[bound] ?? Infinity)) bound += 1;
    counts.byClass[digit] = (counts.byClass[digit] ?? 0) + 1;
    counts.byBound[bound] = (counts.byBound[bound] ?? 0) + 1;
    counts.sumMs += durationMs;
  }

  private add(listener: ListenerName, route: Route | undefined): RouteCounts {
    const added = {
      labels: { listener, method: route?.method ?? 'any', route: route?.path ?? 'unknown' },
      byClass: new Array<number>(6).fill(0),
      byBound: new Array<number>(boundsMs.length + 1).fill(0),
      sumMs: 0,
    };
    this.counts.set(route ?? listener, added);
    return added;
  }
}

function nameOf(digit: number): string {
  return digit === 0 ? 'aborted' : `${digit}xx`;
}

interface Sample {
  metricName: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

function histogramOf(name: string, counts: Iterable<RouteCounts>): Sample[] {
  const samples: Sample[] = [];
  for (const { labels, byBound, sumMs } of counts) {
    let total = 0;
    for (const [index, count] of byBound.entries()) {
      total += count;
      const le = String(boundsSeconds[index] ?? '+Inf');
      samples.push({ metricName: `${name}_bucket`, labels: { ...labels, le }, value: total });
    }
    samples.push({ metricName: `${name}_sum`, labels, value: sumMs / 1_000 });
    samples.push({ metricName: `${name}_count`, labels, value: total });
  }
  return samples;
}

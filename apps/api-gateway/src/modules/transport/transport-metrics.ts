import { Metrics } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * What `/graphql` tells Prometheus. Labels come from the registry and the table of codes, never from a caller.
 * prom-client hashes labels at every count (1 µs): counts are kept here, and it is told when someone reads.
 */
@Injectable()
export class TransportMetrics {
  /** By operation, empty where none ran, then by outcome. */
  private readonly counts = new Map<string, Map<string, number>>();
  private readonly seconds: Histogram;

  constructor({ registry }: Metrics) {
    const { counts } = this;
    const registers = [registry];
    new Counter({
      name: 'graphql_requests_total',
      help: 'Requests by outcome: ok, partial, or the code of the refusal.',
      labelNames: ['outcome'],
      registers,
      collect() {
        this.reset();
        for (const outcomes of counts.values()) {
          for (const [outcome, count] of outcomes) this.inc({ outcome }, count);
        }
      },
    });
    new Counter({
      name: 'graphql_operation_executions_total',
      help: 'Executed operations by name and outcome.',
      labelNames: ['operation', 'outcome'],
      registers,
      collect() {
        this.reset();
        for (const [operation, outcomes] of counts) {
          if (operation === '') continue;
          for (const [outcome, count] of outcomes) this.inc({ operation, outcome }, count);
        }
      },
    });
    this.seconds = new Histogram({
      name: 'graphql_request_duration_seconds',
      help: 'From the first byte to the answer.',
      buckets,
      registers,
    });
  }

  refused(code: string, seconds: number): void {
    this.executed('', code, seconds);
  }

  /** @param operation `bundle@version/Name` */
  executed(operation: string, outcome: string, seconds: number): void {
    const outcomes = this.counts.get(operation) ?? new Map<string, number>();
    this.counts.set(operation, outcomes);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    this.seconds.observe(seconds);
  }
}

import { Metrics } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What `/graphql` tells Prometheus. Labels come from the registry and the table of codes, never from a caller. */
@Injectable()
export class TransportMetrics {
  private readonly requests: Counter<'outcome'>;
  private readonly operations: Counter<'operation' | 'outcome'>;
  private readonly seconds: Histogram;

  constructor({ registry }: Metrics) {
    const registers = [registry];
    this.requests = new Counter({
      name: 'graphql_requests_total',
      help: 'Requests by outcome: ok, partial, or the code of the refusal.',
      labelNames: ['outcome'],
      registers,
    });
    this.operations = new Counter({
      name: 'graphql_operation_executions_total',
      help: 'Executed operations by name and outcome.',
      labelNames: ['operation', 'outcome'],
      registers,
    });
    this.seconds = new Histogram({
      name: 'graphql_request_duration_seconds',
      help: 'From the first byte to the answer.',
      buckets,
      registers,
    });
  }

  refused(code: string, seconds: number): void {
    this.requests.inc({ outcome: code });
    this.seconds.observe(seconds);
  }

  executed(operation: string, outcome: string, seconds: number): void {
    this.requests.inc({ outcome });
    this.operations.inc({ operation, outcome });
    this.seconds.observe(seconds);
  }
}

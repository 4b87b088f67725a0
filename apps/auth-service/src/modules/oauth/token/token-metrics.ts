import { Metrics } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';

/** What the token endpoint tells Prometheus. Refusals are in `http_requests_total`. */
@Injectable()
export class TokenMetrics {
  readonly issued: Counter<'grant_type'>;

  constructor({ registry }: Metrics) {
    this.issued = new Counter({
      name: 'oauth_tokens_issued_total',
      help: 'Answers of the token endpoint with a token, by grant.',
      labelNames: ['grant_type'],
      registers: [registry],
    });
  }
}

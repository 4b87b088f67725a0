import type { AttemptErrorClass } from './attempt-error.js';
import type { DeliveryOutcome } from './delivery-outcome.js';
import { isEndpointUp } from './endpoint-health.js';

function retry(status: number | null, error: AttemptErrorClass): DeliveryOutcome {
  return { kind: 'retry', status, error, retryAfterMs: null, pauseMs: null };
}

describe('isEndpointUp', () => {
  it.each<[boolean, DeliveryOutcome]>([
    [true, { kind: 'succeeded', status: 200 }],
    [true, { kind: 'gone', status: 410, error: 'http_4xx' }],
    [true, { kind: 'disable', status: 200, error: null }],
    [true, { kind: 'aborted', status: 422, error: 'http_4xx' }],
    [true, retry(302, 'redirect')],
    [true, retry(404, 'http_4xx')],
    [false, retry(429, 'http_4xx')],
    [false, retry(500, 'http_5xx')],
    [false, { kind: 'aborted', status: 503, error: 'http_5xx' }],
    [false, retry(null, 'timeout')],
    [false, retry(null, 'dns_error')],
    [false, { kind: 'blocked', error: 'blocked_destination' }],
  ])('is %s after %j', (isUp, outcome) => {
    expect(isEndpointUp(outcome)).toBe(isUp);
  });
});

import type { EgressErrorClass, SendResult } from '#libs/egress';
import {
  type DeliveryOutcome,
  endsByItsWord,
  outcomeAtFormerUrl,
  outcomeOf,
} from './delivery-outcome.js';

const NOW_MS = Date.UTC(2026, 2, 23, 12);
const exchanged = { remoteAddress: '192.0.2.1', durationMs: 12 };

function responded(status: number, headers: Record<string, string> = {}): DeliveryOutcome {
  const response = { status, headers, body: '', truncated: false };
  return outcomeOf({ outcome: 'responded', response, ...exchanged }, NOW_MS);
}

function failed(
  error: EgressErrorClass,
  status: number | null = null,
  headers = {},
): DeliveryOutcome {
  const response = status === null ? null : { status, headers, body: '', truncated: false };
  const result: SendResult = { outcome: 'failed', error, code: 'X', response, ...exchanged };
  return outcomeOf(result, NOW_MS);
}

const plainRetry = { kind: 'retry', retryAfterMs: null, pauseMs: null };

describe('outcomeOf', () => {
  it.each([200, 201, 202, 204, 206, 226, 299])('%i succeeds', (status) => {
    expect(responded(status)).toEqual({ kind: 'succeeded', status });
  });

  it.each([300, 301, 302, 303, 304, 307, 308, 399])('[W57] %i does not', (status) => {
    expect(responded(status, { location: 'https://other.example/' })).toEqual({
      ...plainRetry,
      status,
      error: 'redirect',
    });
  });

  it.each([400, 401, 403, 404, 408, 409, 413, 418, 422, 425, 429, 451, 499])(
    '%i is retried',
    (status) => {
      expect(responded(status)).toEqual({ ...plainRetry, status, error: 'http_4xx' });
    },
  );

  it.each([500, 501, 502, 503, 504, 520, 599, 999])(
    '%i is retried as an error of the server',
    (status) => {
      expect(responded(status)).toEqual({ ...plainRetry, status, error: 'http_5xx' });
    },
  );

  it.each<EgressErrorClass>([
    'dns_error',
    'connect_timeout',
    'connection_refused',
    'connection_reset',
    'tls_error',
    'timeout',
    'response_too_large',
  ])('%s is retried', (error) => {
    expect(failed(error)).toEqual({ ...plainRetry, status: null, error });
  });

  it.each<EgressErrorClass>(['timeout', 'connection_reset', 'response_too_large'])(
    '[W57] %s after a 200 is no success, nor does that response steer anything',
    (error) => {
      const headers = { 'webhook-delivery': 'disable', 'retry-after': '60' };
      expect(failed(error, 200, headers)).toEqual({ ...plainRetry, status: null, error });
      expect(failed(error, 410, headers)).toEqual({ ...plainRetry, status: null, error });
    },
  );

  it('does not wait for a forbidden destination to become allowed', () => {
    expect(failed('blocked_destination')).toEqual({
      kind: 'blocked',
      error: 'blocked_destination',
    });
  });

  it('[W56] 410 ends the webhook', () => {
    expect(responded(410)).toEqual({ kind: 'gone', status: 410, error: 'http_4xx' });
    expect(responded(410, { 'webhook-delivery': 'abort-message' }).kind).toBe('gone');
  });

  it.each([
    [400, 'http_4xx'],
    [500, 'http_5xx'],
    [302, 'redirect'],
  ] as const)('[W56] abort-message ends the delivery at %i', (status, error) => {
    const outcome = responded(status, { 'webhook-delivery': 'abort-message', 'retry-after': '60' });
    expect(outcome).toEqual({ kind: 'aborted', status, error });
  });

  it('[W56] abort-message has nothing to abort once a delivery has arrived', () => {
    expect(responded(200, { 'webhook-delivery': 'abort-message' }).kind).toBe('succeeded');
  });

  it.each([
    [200, null],
    [404, 'http_4xx'],
    [503, 'http_5xx'],
  ] as const)('[W56] disable ends the webhook at %i', (status, error) => {
    expect(responded(status, { 'webhook-delivery': ' Disable ' })).toEqual({
      kind: 'disable',
      status,
      error,
    });
  });

  it('ignores directives it does not know', () => {
    expect(responded(500, { 'webhook-delivery': 'abort' }).kind).toBe('retry');
    expect(responded(500, { 'webhook-delivery': 'abort-message, disable' }).kind).toBe('retry');
  });

  it.each([429, 502, 503, 504])('[W18] Retry-After with %i pauses the whole webhook', (status) => {
    expect(responded(status, { 'retry-after': '60' })).toMatchObject({
      retryAfterMs: 60_000,
      pauseMs: 60_000,
    });
  });

  it.each([302, 404, 500])('[W18] Retry-After with %i delays this delivery alone', (status) => {
    expect(responded(status, { 'retry-after': '60' })).toMatchObject({
      retryAfterMs: 60_000,
      pauseMs: null,
    });
  });

  it('[W18] a Retry-After that cannot be read asks for nothing', () => {
    expect(responded(503, { 'retry-after': 'soon' })).toMatchObject({
      retryAfterMs: null,
      pauseMs: null,
    });
  });
});

describe('outcomeAtFormerUrl', () => {
  it.each<[DeliveryOutcome, Partial<DeliveryOutcome>]>([
    [responded(410), { kind: 'retry', status: 410 }],
    [responded(400, { 'webhook-delivery': 'abort-message' }), { kind: 'retry', status: 400 }],
    [responded(500, { 'webhook-delivery': 'disable' }), { kind: 'retry', status: 500 }],
    [responded(200, { 'webhook-delivery': 'disable' }), { kind: 'succeeded', status: 200 }],
    [failed('blocked_destination'), { kind: 'retry', error: 'blocked_destination' }],
    [responded(503, { 'retry-after': '60' }), { kind: 'retry', pauseMs: null }],
    [responded(204), { kind: 'succeeded' }],
  ])('takes no word of it: %j', (outcome, expected) => {
    expect(outcomeAtFormerUrl(outcome)).toMatchObject(expected);
    expect(endsByItsWord(outcomeAtFormerUrl(outcome))).toBe(false);
  });
});

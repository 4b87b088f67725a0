import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { deliveryHeaders, type LiveKeys } from './delivery-headers.js';
import { SigningSecret } from './signing-secret.js';
import { TenantSigningKey } from './tenant-signing-key.js';

const MINUTE_MS = 60_000;
const STARTED_AT_MS = Date.UTC(2026, 2, 23, 12);

const oldSecret = SigningSecret.generate();
const newSecret = SigningSecret.generate();
const body = Buffer.from('{"id":"evt_1","data":{"name":"Grüße 🚒","amount":12345678901234567890}}');

function headersAt(
  atMs: number,
  keys: Partial<LiveKeys> = {},
  isTest = false,
): Record<string, string> {
  return deliveryHeaders(
    {
      id: 'evt_1',
      timestampSeconds: Math.floor(atMs / 1000),
      body,
      deliveryId: 'dlv_2',
      attempt: 3,
      isTest,
    },
    { secrets: [newSecret], tenantKeys: [], ...keys },
  );
}

function receiverAt(atMs: number): void {
  jest.useFakeTimers({ now: atMs });
}

afterEach(() => jest.useRealTimers());

describe('deliveryHeaders', () => {
  it('is the whole set', () => {
    expect(headersAt(STARTED_AT_MS)).toEqual({
      'content-type': 'application/json',
      'user-agent': 'Knogin-Webhooks/1.0',
      'webhook-id': 'evt_1',
      'webhook-timestamp': '1774267200',
      'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
      'x-knogin-delivery': 'dlv_2',
      'x-knogin-attempt': '3',
    });
  });

  it('marks a test', () => {
    expect(headersAt(STARTED_AT_MS, {}, true)['x-knogin-test']).toBe('true');
  });

  it.each([
    ['standardwebhooks', StandardWebhook],
    ['svix', SvixWebhook],
  ] as const)(
    '[W11] is refreshed for a retry: %s takes the new headers and not the old',
    (_, Webhook) => {
      const first = headersAt(STARTED_AT_MS);
      const retryAtMs = STARTED_AT_MS + 10 * MINUTE_MS;
      receiverAt(retryAtMs);
      const receiver = new Webhook(newSecret.reveal());
      expect(() => receiver.verify(body.toString(), first)).toThrow('too old');
      receiver.verify(body.toString(), headersAt(retryAtMs));
    },
  );

  it.each([
    ['standardwebhooks', StandardWebhook],
    ['svix', SvixWebhook],
  ] as const)('[W31] verifies with every live key, by %s', (_, Webhook) => {
    receiverAt(STARTED_AT_MS);
    const headers = headersAt(STARTED_AT_MS, { secrets: [newSecret, oldSecret] });
    new Webhook(newSecret.reveal()).verify(body.toString(), headers);
    new Webhook(oldSecret.reveal()).verify(body.toString(), headers);

    const revoked = headersAt(STARTED_AT_MS);
    expect(() => new Webhook(oldSecret.reveal()).verify(body.toString(), revoked)).toThrow(
      'No matching',
    );
  });

  it('puts the newest key first, and Ed25519 after the secrets', () => {
    const tenantKeys = [TenantSigningKey.generate(), TenantSigningKey.generate()];
    const message = { id: 'evt_1', timestampSeconds: STARTED_AT_MS / 1000, body };
    const headers = headersAt(STARTED_AT_MS, { secrets: [newSecret, oldSecret], tenantKeys });
    expect(headers['webhook-signature']?.split(' ')).toEqual([
      ...newSecret.sign(message),
      ...oldSecret.sign(message),
      ...tenantKeys.map((key) => key.sign(message)),
    ]);
  });

  it('lets libraries that know only v1 verify beside v1a', () => {
    receiverAt(STARTED_AT_MS);
    const headers = headersAt(STARTED_AT_MS, { tenantKeys: [TenantSigningKey.generate()] });
    new StandardWebhook(newSecret.reveal()).verify(body.toString(), headers);
  });

  it('signs with Ed25519 alone where a webhook wants it so', () => {
    const headers = headersAt(STARTED_AT_MS, {
      secrets: [],
      tenantKeys: [TenantSigningKey.generate()],
    });
    expect(headers['webhook-signature']).toMatch(/^v1a,[A-Za-z0-9+/]{86}==$/);
  });

  it('[W28] signs UTF-8 bytes: what is sent verifies, what reads the same does not', () => {
    receiverAt(STARTED_AT_MS);
    const receiver = new StandardWebhook(newSecret.reveal());
    const headers = headersAt(STARTED_AT_MS);
    receiver.verify(body, headers);
    expect(() => receiver.verify(body.toString('latin1'), headers)).toThrow('No matching');
    const reserialised = JSON.stringify(JSON.parse(body.toString()));
    expect(() => receiver.verify(reserialised, headers)).toThrow('No matching');
  });

  it('does not sign without a key', () => {
    expect(() => headersAt(STARTED_AT_MS, { secrets: [] })).toThrow('no live signing key');
  });

  it.each(['evt_1.2', 'evt_1\r\nx-evil: 1', 'evt 1', ''])(
    '[W34] does not sign under the id %j',
    (id) => {
      const attempt = {
        id,
        timestampSeconds: 1,
        body,
        deliveryId: 'dlv_2',
        attempt: 1,
        isTest: false,
      };
      expect(() => deliveryHeaders(attempt, { secrets: [newSecret], tenantKeys: [] })).toThrow(
        'webhook-id',
      );
    },
  );

  it('[W34] has names that collide neither with each other nor with those of the transport', () => {
    const names = Object.keys(headersAt(STARTED_AT_MS, {}, true));
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
    for (const name of [
      'host',
      'content-length',
      'connection',
      'authorization',
      'cookie',
      'expect',
    ]) {
      expect(names).not.toContain(name);
    }
  });

  it('[W34] cannot carry a line break', () => {
    for (const value of Object.values(headersAt(STARTED_AT_MS)))
      expect(value).toMatch(/^[\x20-\x7e]+$/);
  });

  it('refuses a timestamp that is no whole number of seconds', () => {
    const attempt = {
      id: 'evt_1',
      timestampSeconds: 1.5,
      body,
      deliveryId: 'd',
      attempt: 1,
      isTest: false,
    };
    expect(() => deliveryHeaders(attempt, { secrets: [newSecret], tenantKeys: [] })).toThrow(
      'seconds',
    );
  });
});

import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import pg from 'pg';
import type { ReceivedRequest, ReceiverServer } from '#libs/testing';
import { cliAdministrator } from '../../src/modules/ops/cli/run-cli.js';
import { RotateWebhookKeysCommand } from '../../src/modules/ops/cli/rotate-webhook-keys.command.js';
import { type AppUnderTest, WebhookFixture } from './webhook-fixture.js';

const by = cliAdministrator();
const dayMs = 86_400_000;

type Jwk = Readonly<Record<string, string>>;

describe('the v1a key of a tenant', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;
  let receiver: ReceiverServer;
  let webhookId: string;

  beforeEach(async () => {
    fixture = await WebhookFixture.start({ environment: { RATE_LIMIT_SCALE: '0' } });
    app = await fixture.createApp();
    receiver = await fixture.receiver();
    webhookId = await fixture.createWebhook(app, receiver.url, { signature: 'ed25519' });
  });

  afterEach(() => fixture.stop());

  const rotate = (options: Readonly<Record<string, string>> = {}) =>
    fixture.app.get(RotateWebhookKeysCommand).run({ tenant: app.tenant.slug, ...options }, by);
  const jwks = async (): Promise<Jwk[]> => {
    const path = `/.well-known/webhook-jwks/${app.tenant.id}.json`;
    return (await fixture.app.public.get(path)).body.keys as Jwk[];
  };
  const delivered = async (): Promise<ReceivedRequest | undefined> => {
    await fixture.publish(app.tenant.id);
    await fixture.deliverAll();
    return receiver.requests.at(-1);
  };

  it('[W31] is rotated by the CLI with an overlap in which both sign, the new one first', async () => {
    const [before] = await jwks();
    const answer = await rotate({ 'overlap-seconds': '3600' });
    const [after, former] = await jwks();
    expect(former).toEqual(before);
    expect(answer).toEqual({
      kid: after?.kid,
      former_kid: before?.kid,
      former_until: new Date(fixture.clock.now() + 3_600_000).toISOString(),
    });
    const { body } = await app.api.get(`/v1/webhooks/${webhookId}`);
    expect(body.public_key).toBe(`whpk_${bytesOf(after).toString('base64')}`);
    expect(signers(await delivered(), [before, after])).toEqual([after?.kid, before?.kid]);

    fixture.clock.advance(3_600_000);
    expect(await jwks()).toEqual([after]);
    expect(signers(await delivered(), [before, after])).toEqual([after?.kid]);
    await fixture.maintain();
    expect(await fixture.database.query('SELECT FROM tenant_webhook_key')).toHaveLength(1);
  });

  it('ends at once with an overlap of 0, and for a day signs on where none is named', async () => {
    const { former_until } = await rotate();
    expect(former_until).toBe(new Date(fixture.clock.now() + dayMs).toISOString());
    const { kid } = await rotate({ 'overlap-seconds': '0' });
    expect((await jwks()).map((key) => key.kid)).toEqual([kid]);
    expect(await fixture.database.query('SELECT FROM tenant_webhook_key')).toHaveLength(1);
    expect(String((await delivered())?.headers['webhook-signature']).split(' ')).toHaveLength(1);
  });

  it('is another representation of the webhooks that show it, and of no other', async () => {
    const others = await fixture.createWebhook(app, receiver.url, { signature: 'hmac' });
    const get = (id: string, headers = {}) => app.api.get(`/v1/webhooks/${id}`, { headers });
    const etags = [(await get(webhookId)).headers.etag, (await get(others)).headers.etag];
    await rotate();
    const [shown, same] = [
      await get(webhookId, { 'if-none-match': String(etags[0]) }),
      await get(others, { 'if-none-match': String(etags[1]) }),
    ];
    expect([shown.status, same.status]).toEqual([200, 304]);
    const [current] = await jwks();
    expect(shown.body.public_key).toBe(`whpk_${bytesOf(current).toString('base64')}`);
  });

  it('has at most three generations live, whose ends no later rotation puts off', async () => {
    await rotate({ 'overlap-seconds': '600' });
    await rotate({ 'overlap-seconds': '3600' });
    await expect(rotate()).rejects.toMatchObject({ code: 'rotation_limit' });
    fixture.clock.advance(600_000);
    expect(await jwks()).toHaveLength(2);
    await rotate();
    expect(await jwks()).toHaveLength(3);
  });

  it('is rotated one at a time', async () => {
    const answers = await Promise.all([rotate(), rotate()]);
    const kids = (await jwks()).map(({ kid }) => kid);
    expect(kids).toHaveLength(3);
    expect(answers.map(({ kid }) => kid).sort()).toEqual(kids.slice(0, 2).sort());
  });

  it('is shown by the webhook that begins to sign with it during a rotation, under a new ETag', async () => {
    const id = await fixture.createWebhook(app, receiver.url, { signature: 'hmac' });
    const holder = new pg.Client({ connectionString: fixture.app.database.url });
    await holder.connect();
    try {
      // Both stop before their commit, at their line in the audit log.
      await holder.query(`SELECT pg_advisory_lock(hashtextextended('audit_log:' || $1, 0))`, [
        app.tenant.id,
      ]);
      const put = app.api.put(`/v1/webhooks/${id}`, { body: { signature: 'both' } });
      await fixture.app.database.lockWaits(1);
      const rotation = rotate({ 'overlap-seconds': '0' });
      await fixture.app.database.lockWaits(2);
      await holder.query('SELECT pg_advisory_unlock_all()');
      const [changed, { kid }] = [await put, await rotation];
      const shown = await app.api.get(`/v1/webhooks/${id}`, {
        headers: { 'if-none-match': String(changed.headers.etag) },
      });
      const [current] = await jwks();
      expect(current?.kid).toBe(kid);
      expect(shown.body.public_key).toBe(`whpk_${bytesOf(current).toString('base64')}`);
    } finally {
      await holder.end();
    }
  });

  it('is rotated on the record, without the key', async () => {
    const { kid, former_kid, former_until } = await rotate({ as: 'alice' });
    const [entry] = await fixture.database.query(
      `SELECT actor_id, target_kind, target_id, after FROM audit_log
       WHERE tenant_id = $1 AND action = 'webhook_signing_key.rotated'`,
      [app.tenant.id],
    );
    expect(entry).toEqual({
      actor_id: 'opr:alice',
      target_kind: 'webhook_signing_key',
      target_id: kid,
      after: { former_kid, former_until },
    });
  });

  it('has to be there to be rotated, and the overlap to be seven days at most', async () => {
    const { slug } = await fixture.app.createTenant();
    await expect(rotate({ tenant: slug })).rejects.toMatchObject({ code: 'not_found' });
    for (const overlap of ['604801', '-1', '1e3', ''])
      await expect(rotate({ 'overlap-seconds': overlap })).rejects.toThrow('--overlap-seconds');
    expect(await jwks()).toHaveLength(1);
  });
});

/** Which of the keys made the `v1a` entries, in the order of the entries. */
function signers(
  request: ReceivedRequest | undefined,
  keys: readonly (Jwk | undefined)[],
): (string | undefined)[] {
  if (!request) return [];
  const prefix = `${String(request.headers['webhook-id'])}.${String(request.headers['webhook-timestamp'])}.`;
  const signed = Buffer.concat([Buffer.from(prefix), request.body]);
  return String(request.headers['webhook-signature'])
    .split(' ')
    .map((entry) => Buffer.from(entry.replace(/^v1a,/, ''), 'base64'))
    .map((signature) => keys.find((key) => verify(null, signed, keyOf(key), signature))?.kid);
}

const bytesOf = (jwk: Jwk | undefined): Buffer => Buffer.from(jwk?.x ?? '', 'base64url');
const keyOf = (jwk: Jwk | undefined): KeyObject =>
  createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: jwk?.x ?? '' }, format: 'jwk' });

import { Database } from '#libs/foundation';
import { FixedClock } from '#libs/testing';
import { decodeJwt } from 'jose';
import { AuthApp } from '../support/auth-app.js';
import { CodeFlow } from '../support/code-flow.js';

describe('the audit log tells of a grant', () => {
  const clock = new FixedClock();
  let app: AuthApp;
  let flow: CodeFlow;

  beforeAll(async () => {
    app = await AuthApp.start({ clock, environment: { RATE_LIMIT_SCALE: '100' } });
    flow = await CodeFlow.create(app);
  });

  afterAll(() => app.stop());

  /** Who ended which grant, newest first. */
  const told = async (action: string): Promise<unknown[]> => {
    const { body } = await flow.tenant.admin.get(`/v1/platform/audit-log?action=${action}`);
    const entries = body.entries as { actor: unknown; target: { kind: string } }[];
    return entries.map(({ actor, target }) => [actor, target.kind]);
  };
  const byClient = (): unknown => [{ kind: 'client', id: flow.client.id }, 'grant'];

  it('[O30] whose code was used a second time, once however often', async () => {
    const code = await flow.authorize();
    for (let n = 0; n < 3; n++) await flow.redeem(code);
    expect(await told('grant.reuse_detected')).toEqual([byClient()]);
  });

  it('[O31] whose refresh token was used again too late', async () => {
    const { body } = await flow.redeem(await flow.authorize());
    await flow.refresh(body.refresh_token);
    expect(await told('grant.reuse_detected')).toHaveLength(1);
    clock.advance(30_000);
    for (let n = 0; n < 2; n++) await flow.refresh(body.refresh_token);
    expect(await told('grant.reuse_detected')).toEqual([byClient(), byClient()]);
  });

  it('that its client revoked', async () => {
    const { body } = await flow.redeem(await flow.authorize());
    for (let n = 0; n < 2; n++) await flow.revoke(body.refresh_token);
    expect(await told('grant.revoked')).toEqual([byClient()]);
  });

  it('and the feed once: what ended already wakes no instance', async () => {
    const revocations = async (): Promise<unknown> =>
      app.get(Database).query('SELECT kind, subject FROM revocation ORDER BY id');
    const code = await flow.authorize();
    const { body } = await flow.redeem(code);
    await flow.redeem(code);
    const before = await revocations();
    expect(before).toContainEqual({
      kind: 'grant',
      subject: decodeJwt(body.access_token).grant_id,
    });
    await flow.revoke(body.refresh_token);
    await flow.redeem(code);
    expect(await revocations()).toEqual(before);
  });
});

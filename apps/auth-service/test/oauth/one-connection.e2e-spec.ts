import { FixedClock } from '#libs/testing';
import { AuthApp } from '../support/auth-app.js';
import { CodeFlow } from '../support/code-flow.js';

describe('codes and refresh tokens, more at once than there are connections', () => {
  const clock = new FixedClock();
  let app: AuthApp;

  beforeAll(async () => {
    app = await AuthApp.start({
      clock,
      environment: { RATE_LIMIT_SCALE: '0', DATABASE_POOL_SIZE: '2' },
    });
  });

  afterAll(() => app.stop());

  it('take one connection each: none at work waits for another', async () => {
    const flow = await CodeFlow.create(app);
    const codes: string[] = [];
    while (codes.length < 4)
      codes.push(await flow.authorize({ scope: 'webhooks:read offline_access' }));
    // Whatever is cached is read anew.
    clock.advance(20_000);
    const redeemed = await Promise.all(codes.map((code) => flow.redeem(code)));
    clock.advance(20_000);
    const tokens = redeemed.map(({ body }) => body.refresh_token as string);
    const refreshed = await Promise.all(tokens.map((token) => flow.refresh(token)));
    const statuses = [...redeemed, ...refreshed].map(({ status }) => status);
    expect(statuses).toEqual(Array(8).fill(200));
  });
});

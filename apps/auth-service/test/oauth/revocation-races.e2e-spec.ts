import { Database } from '#libs/foundation';
import { RevocationFeed } from '#libs/guards';
import { type ApiAnswer, FixedClock } from '#libs/testing';
import pg from 'pg';
import { TenantChanges, UserChanges } from '../../src/modules/identity/index.js';
import { AccessTokenIssuer } from '../../src/modules/oauth/token/access-token.issuer.js';
import { InviteUserCommand } from '../../src/modules/ops/cli/invite-user.command.js';
import { cliAdministrator } from '../../src/modules/ops/cli/run-cli.js';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { CodeFlow } from '../support/code-flow.js';
import { type ClientUnderTest, createClient } from '../support/oauth-client.js';
import { goodPassword } from '../support/people.js';

/** Tokens that are being issued while what they rest on is taken away (ADR 13). */
describe('a revocation and a token at the same time', () => {
  const clock = new FixedClock();
  let app: AuthApp;
  let tenant: TenantUnderTest;
  let flow: CodeFlow;

  beforeAll(async () => {
    app = await AuthApp.start({
      clock,
      environment: { RATE_LIMIT_SCALE: '100', DATABASE_POOL_SIZE: '10' },
    });
    flow = await CodeFlow.create(app);
    tenant = flow.tenant;
  });

  afterAll(() => app.stop());

  const isRevoked = async (token: unknown): Promise<boolean> => {
    await app.get(RevocationFeed).refresh();
    const { body } = await app.public.withToken(String(token)).get('/v1/webhooks');
    return body.code === 'token_revoked';
  };
  /** Stops `change` before its commit, does `meanwhile`, lets it commit. */
  const beforeCommit = async <T>(
    change: () => Promise<unknown>,
    meanwhile: () => Promise<T>,
  ): Promise<T> => {
    const holder = new pg.Client({ connectionString: app.database.url });
    await holder.connect();
    // What every change ends with: its line in the audit log.
    const lock = `SELECT pg_advisory_lock(hashtextextended('audit_log:' || $1, 0))`;
    await holder.query(lock, [tenant.id]);
    const changing = change();
    try {
      await app.database.lockWaits(1);
      return await meanwhile();
    } finally {
      await holder.end();
      await changing;
    }
  };
  /** Stops a request at the token endpoint after it has read all it needs, before anything is signed. */
  const beforeSigning = async (
    request: () => Promise<ApiAnswer>,
    meanwhile: () => Promise<unknown>,
  ): Promise<ApiAnswer> => {
    const issuer = app.get(AccessTokenIssuer);
    const issue = issuer.issue.bind(issuer);
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    const { promise: reached, resolve: reach } = Promise.withResolvers<undefined>();
    jest.spyOn(issuer, 'issue').mockImplementationOnce(async (token) => {
      reach(undefined);
      await released;
      return issue(token);
    });
    const answer = request();
    await reached;
    await meanwhile();
    release(undefined);
    return answer;
  };
  const governance = (client: ClientUnderTest, status: string): Promise<ApiAnswer> =>
    tenant.admin.patch(`/v1/platform/apps/${client.id}/governance`, { body: { status } });

  it('kills what is issued between the suspension of an app and its commit, for good', async () => {
    const client = await createClient(app, tenant.id);
    const { body } = await beforeCommit(
      () => governance(client, 'suspended'),
      async () => {
        clock.advance(5_000);
        return client.token();
      },
    );
    expect(await isRevoked(body.access_token)).toBe(true);
    clock.advance(5_000);
    await governance(client, 'active');
    expect(await isRevoked(body.access_token)).toBe(true);
    clock.advance(1);
    // In the very second of the end of the suspension.
    expect(await isRevoked((await client.token()).body.access_token)).toBe(false);
  });

  it('kills what was begun before a suspension and is signed after its end', async () => {
    const client = await createClient(app, tenant.id);
    const { body } = await beforeSigning(
      () => client.token(),
      async () => {
        await governance(client, 'suspended');
        clock.advance(5_000);
        await governance(client, 'active');
        clock.advance(5_000);
      },
    );
    expect(body.access_token).toBeDefined();
    expect(await isRevoked(body.access_token)).toBe(true);
  });

  it('kills what is issued between a rotation that revokes tokens and its commit', async () => {
    const client = await createClient(app, tenant.id);
    let secret = '';
    const { body } = await beforeCommit(
      async () => {
        const path = `/v1/platform/apps/${client.id}/rotate-secret`;
        const answer = await tenant.admin.post(path, { body: { revoke_tokens: true } });
        secret = answer.body.client_secret as string;
      },
      async () => {
        clock.advance(5_000);
        return client.token();
      },
    );
    expect(await isRevoked(body.access_token)).toBe(true);
    clock.advance(1);
    const next = await client.token({ client_secret: secret });
    expect(await isRevoked(next.body.access_token)).toBe(false);
  });

  it('leaves the tokens of a suspended app dead whenever they were issued, though it rotates and revokes them', async () => {
    const client = await createClient(app, tenant.id);
    clock.advance(5_000);
    // By an instance whose clock is ahead.
    const { body } = await client.token();
    clock.advance(-5_000);
    await governance(client, 'suspended');
    const path = `/v1/platform/apps/${client.id}/rotate-secret`;
    const rotated = await tenant.admin.post(path, { body: { revoke_tokens: true } });
    expect(rotated.status).toBe(200);
    expect(await isRevoked(body.access_token)).toBe(true);
  });

  it('kills what is issued between the suspension of a tenant and its commit, for good', async () => {
    const client = await createClient(app, tenant.id);
    const change = (status: 'active' | 'suspended') =>
      app.get(TenantChanges).update(cliAdministrator(), tenant.id, { status });
    const { body } = await beforeCommit(
      () => change('suspended'),
      async () => {
        clock.advance(5_000);
        return client.token();
      },
    );
    expect(await isRevoked(body.access_token)).toBe(true);
    clock.advance(5_000);
    await change('active');
    expect(await isRevoked(body.access_token)).toBe(true);
    clock.advance(1);
    expect(await isRevoked((await client.token()).body.access_token)).toBe(false);
  });

  it('waits with a change of role for the token that is being issued to the old one', async () => {
    const code = await flow.authorize();
    let changing: Promise<unknown> = Promise.resolve();
    const { body } = await beforeSigning(
      () => flow.redeem(code),
      async () => {
        changing = app
          .get(UserChanges)
          .update(cliAdministrator(), tenant.id, flow.person.id, { role: 'admin' });
        await app.database.lockWaits(1);
        clock.advance(5_000);
      },
    );
    await changing;
    expect(body.access_token).toBeDefined();
    expect(await isRevoked(body.access_token)).toBe(true);
    clock.advance(1);
    const { body: next } = await flow.refresh(body.refresh_token);
    expect(await isRevoked(next.access_token)).toBe(false);
  });

  it('leaves a user enrolled whose role is changed while the enrolment is under way', async () => {
    const { user_id, enrolment_url } = await app
      .get(InviteUserCommand)
      .run({ tenant: tenant.slug, email: 'new@example.com', role: 'member' }, cliAdministrator());
    const { pathname, search } = new URL(enrolment_url as string);
    const browser = new Browser(app.public);
    const page = await browser.get(pathname + search);
    let changing: Promise<unknown> = Promise.resolve();
    await beforeCommit(
      () => browser.submit(page, { password: goodPassword }),
      async () => {
        changing = app
          .get(UserChanges)
          .update(cliAdministrator(), tenant.id, user_id as string, { role: 'admin' });
        await app.database.lockWaits(2);
      },
    );
    await changing;
    const rows = await app
      .get(Database)
      .query('SELECT status, role FROM user_account WHERE id = $1', [user_id]);
    expect(rows).toEqual([{ status: 'active', role: 'admin' }]);
  });
});

import { once } from 'node:events';
import { Database, Notifications } from '#libs/foundation';
import { RevocationFeed } from '#libs/guards';
import {
  BundleVersions,
  GrantsService,
  OperationSwitch,
} from '../../auth-service/src/modules/bundles/index.js';
import { TenantChanges } from '../../auth-service/src/modules/identity/index.js';
import { cliAdministrator } from '../../auth-service/src/modules/ops/cli/run-cli.js';
import type { Pool } from 'pg';
import { SnapshotStore } from '../src/modules/bundles/index.js';
import { GatewayApp, type Partner } from './support/gateway-app.js';
import { documents } from './support/shipped-documents.js';

const query = documents.get('ConnectionCheck') ?? '';
const name = { bundle: 'connection-check', version: '1.0.0' };

describe('a change of what may run', () => {
  let gateway: GatewayApp;
  let partner: Partner;
  const by = cliAdministrator();
  beforeEach(async () => {
    gateway = await GatewayApp.start({ gatewayEnvironment: { RATE_LIMIT_SCALE: '0' } });
    partner = await gateway.createPartner();
  });
  afterEach(() => gateway.stop());

  const status = async (): Promise<number> => (await gateway.call(partner, { query })).status;

  /** The next time the gateway has read the registry by itself, as a notice makes it. */
  async function noticed(change: () => Promise<unknown>): Promise<void> {
    const store = gateway.get(SnapshotStore);
    const before = store.current;
    await change();
    const started = performance.now();
    while (store.current === before) {
      if (performance.now() - started > 5_000) throw new Error('no notice within five seconds');
      await once(AbortSignal.timeout(5), 'abort');
    }
    await store.refresh();
  }

  it('[G15] tells of a deprecated version in its answers, until it is retired', async () => {
    await gateway.grant(partner, 'connection-check');
    const sunset = new Date('2027-01-01T00:00:00Z');
    await gateway.auth.get(BundleVersions).deprecate(by, name, sunset);
    await gateway.refresh();
    const answer = await gateway.call(partner, { query });
    expect(answer.status).toBe(200);
    expect(answer.headers['deprecation']).toBe(`@${gateway.clock.now() / 1_000}`);
    expect(answer.headers['sunset']).toBe('Fri, 01 Jan 2027 00:00:00 GMT');
    await gateway.auth.get(BundleVersions).retire(by, name);
    await gateway.refresh();
    const gone = await gateway.call(partner, { query });
    expect(gone.status).toBe(403);
    expect(gone.headers).not.toHaveProperty('deprecation');
  });

  it('[G16] ends a grant exactly at valid_until, though the registry is never read again', async () => {
    const validUntil = new Date(gateway.clock.now() + 10_000);
    await gateway.grant(partner, 'connection-check', { validUntil });
    gateway.loseRegistry();
    gateway.clock.advance(9_999);
    expect(await status()).toBe(200);
    gateway.clock.advance(1);
    expect(await status()).toBe(403);
    jest.restoreAllMocks();
  });

  it('does not admit a grant before valid_from', async () => {
    await gateway.grant(partner, 'connection-check', {
      validFrom: new Date(gateway.clock.now() + 1_000),
    });
    expect(await status()).toBe(403);
    gateway.clock.advance(1_000);
    expect(await status()).toBe(200);
  });

  it('suspends, resumes and revokes a grant', async () => {
    const id = await gateway.grant(partner, 'connection-check');
    const grants = gateway.auth.get(GrantsService);
    const seen = [await status()];
    for (const action of ['suspend', 'resume', 'revoke'] as const) {
      await noticed(() => grants.change(by, id, action));
      seen.push(await status());
    }
    expect(seen).toEqual([200, 403, 200, 403]);
  });

  it('stops one operation at its kill switch', async () => {
    await gateway.grant(partner, 'connection-check');
    const operations = gateway.auth.get(OperationSwitch);
    await noticed(() => operations.block(by, name, 'ConnectionCheck'));
    expect(await status()).toBe(403);
    await noticed(() => operations.unblock(by, name, 'ConnectionCheck'));
    expect(await status()).toBe(200);
  });

  it('refuses a suspended tenant as one without a grant, and its tokens of before for good', async () => {
    const turnTenant = async (to: 'suspended' | 'active'): Promise<void> => {
      await gateway.auth.get(TenantChanges).update(by, partner.tenant.id, { status: to });
      await gateway.get(RevocationFeed).refresh();
      await gateway.refresh();
    };
    await gateway.grant(partner, 'connection-check');
    expect(await status()).toBe(200);
    await turnTenant('suspended');
    const { status: refused, body } = await gateway.call(partner, { query });
    expect([refused, body.errors[0].extensions.code]).toEqual([403, 'OPERATION_NOT_APPROVED']);
    await turnTenant('active');
    gateway.clock.advance(1);
    expect(await status()).toBe(401);
  });

  it('keeps the last good set while the registry is away, and is not ready after five minutes', async () => {
    await gateway.grant(partner, 'connection-check');
    gateway.loseRegistry();
    await gateway.refresh();
    expect(await status()).toBe(200);
    jest.restoreAllMocks();
    jest.spyOn(gateway.get(SnapshotStore), 'refresh').mockResolvedValue();
    expect((await gateway.operator.get('/health/ready')).status).toBe(200);
    gateway.clock.advance(300_001);
    expect((await gateway.operator.get('/health/ready')).status).toBe(503);
    jest.restoreAllMocks();
    await gateway.refresh();
    expect((await gateway.operator.get('/health/ready')).status).toBe(200);
  });

  it('gives a read of the registry up after five seconds, and takes another connection next time', async () => {
    const { master } = gateway.get(Database).dataSource.driver as unknown as { master: Pool };
    const query = jest.spyOn(master, 'query');
    await gateway.refresh();
    const sent = query.mock.calls.map(
      ([config]) => config as unknown as { name?: string; query_timeout?: number },
    );
    const bounds = sent.filter(({ name: prepared }) => prepared?.startsWith('snapshot_'));
    expect(new Map(bounds.map((config) => [config.name, config.query_timeout]))).toEqual(
      new Map([
        ['snapshot_upstreams', 5_000],
        ['snapshot_operations', 5_000],
        ['snapshot_grants', 5_000],
      ]),
    );
    jest.restoreAllMocks();
  });

  it('listens to the channel that the database notifies', async () => {
    const heard = new Promise<void>((resolve) => {
      void gateway.get(Notifications).subscribe('bundles', () => resolve());
    });
    await gateway.grant(partner, 'connection-check');
    await heard;
  });
});

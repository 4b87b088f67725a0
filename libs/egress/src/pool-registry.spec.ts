import { FixedClock } from '#libs/testing';
import { DEFAULT_EGRESS_LIMITS } from './egress-limits.js';
import { EgressPolicy } from './egress-policy.js';
import { Exchange } from './exchange.js';
import { GuardedConnector } from './guarded-connector.js';
import { GuardedLookup } from './guarded-lookup.js';
import { PoolRegistry } from './pool-registry.js';
import { parseTargetUrl, type TargetUrl } from './target-url.js';

const limits = { ...DEFAULT_EGRESS_LIMITS, pools: 2, idlePoolMs: 1_000 };
const policy = new EgressPolicy({ allowHttp: true, allowCidrs: [] });

function target(host: string): TargetUrl {
  const parsed = parseTargetUrl(`http://${host}.example/`, policy);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.target;
}

describe('PoolRegistry', () => {
  const clock = new FixedClock();
  let registry: PoolRegistry;
  let rejectLookups: (error: Error) => void;

  beforeEach(() => {
    const pending = Promise.withResolvers<never>();
    rejectLookups = pending.reject;
    const lookup = new GuardedLookup(policy, () => pending.promise);
    registry = new PoolRegistry(new GuardedConnector(policy, lookup, 5_000, []), limits, clock);
  });

  afterEach(() => registry.close());

  /** Leaves a request hanging in name resolution until the lookups are rejected. */
  function occupy(host: string): Promise<void> {
    return new Promise((resolve) => {
      const pool = registry.poolFor(target(host), '');
      const exchange = new Exchange({ method: 'GET', path: '/' }, limits, () => {
        pool.finish(exchange, false);
        resolve();
      });
      pool.start(exchange);
    });
  }

  it('keeps one pool per origin and key', () => {
    const pool = registry.poolFor(target('a'), '1');
    expect(registry.poolFor(target('a'), '1')).toBe(pool);
    expect(registry.poolFor(target('a'), '2')).not.toBe(pool);
    expect(registry.poolFor(target('b'), '1')).not.toBe(pool);
  });

  it('forgets the least recently used when there are too many', () => {
    const [a, b] = ['a', 'b'].map((host) => registry.poolFor(target(host), ''));
    registry.poolFor(target('a'), '');
    registry.poolFor(target('c'), '');
    expect(registry.size).toBe(2);
    expect(registry.poolFor(target('a'), '')).toBe(a);
    expect(registry.poolFor(target('b'), '')).not.toBe(b);
  });

  it('forgets what was not used for long', () => {
    registry.poolFor(target('a'), '');
    clock.advance(1_000);
    registry.poolFor(target('b'), '');
    expect(registry.size).toBe(1);
  });

  it('forgets none that is in use', async () => {
    const under = [occupy('a'), occupy('b'), occupy('c')];
    clock.advance(10_000);
    registry.poolFor(target('d'), '');
    expect(registry.size).toBe(4);
    rejectLookups(new Error('no name server'));
    await Promise.all(under);
    registry.poolFor(target('e'), '');
    expect(registry.size).toBe(2);
  });
});

import {
  type PlannedKey,
  planMaintenance,
  planRevocation,
  propagationMs,
  retirementMs,
  rotationPeriodMs,
} from './key-plan.js';

const now = Date.UTC(2026, 2, 23);
const key = (
  kid: string,
  status: PlannedKey['status'],
  more: Partial<PlannedKey> = {},
): PlannedKey => ({
  kid,
  alg: 'RS256',
  status,
  usableFromMs: now,
  activatedAtMs: status === 'active' ? now : undefined,
  removeAtMs: undefined,
  ...more,
});
const settled = (['ES256', 'EdDSA'] as const).flatMap((alg) => [
  key(`${alg}-1`, 'active', { alg }),
  key(`${alg}-2`, 'published', { alg }),
]);

describe('the plan of the signing keys', () => {
  it('publishes a successor a day before it may sign', () => {
    expect(planMaintenance([key('a', 'active'), ...settled], now)).toEqual([
      { kind: 'published', alg: 'RS256', usableFromMs: now + propagationMs },
    ]);
  });

  it('does nothing while the active key is young and has a successor', () => {
    const keys = [key('a', 'active'), key('b', 'published'), ...settled];
    expect(planMaintenance(keys, now + rotationPeriodMs - 1)).toEqual([]);
  });

  it('[O49] rotates after 90 days and keeps the old key for as long as its tokens live', () => {
    const keys = [key('a', 'active'), key('b', 'published')];
    const later = now + rotationPeriodMs;
    const fresh = settled.map((item) => ({ ...item, activatedAtMs: later }));
    expect(planMaintenance([...keys, ...fresh], later)).toEqual([
      { kind: 'retired', kid: 'a', removeAtMs: later + retirementMs },
      { kind: 'activated', kid: 'b', usableFromMs: now },
      { kind: 'published', alg: 'RS256', usableFromMs: later + propagationMs },
    ]);
  });

  it('[O49] lets no successor sign before verifiers can know it', () => {
    const later = now + rotationPeriodMs;
    const young = key('b', 'published', { usableFromMs: later + 1 });
    const fresh = settled.map((item) => ({ ...item, activatedAtMs: later }));
    expect(planMaintenance([key('a', 'active'), young, ...fresh], later)).toEqual([]);
  });

  it('removes a retiring key when its time has come', () => {
    const keys = [key('a', 'active'), key('b', 'published'), ...settled];
    const old = key('old', 'retiring', { removeAtMs: now });
    expect(planMaintenance([...keys, old], now - 1)).toEqual([]);
    expect(planMaintenance([...keys, old], now)).toEqual([{ kind: 'removed', kid: 'old' }]);
  });

  it('lets the successor of a revoked key sign at once', () => {
    const keys = [key('a', 'active'), key('b', 'published', { usableFromMs: now + 5 })];
    expect(planRevocation(keys, keys.slice(0, 1), now)).toEqual([
      { kind: 'revoked', kid: 'a' },
      { kind: 'activated', kid: 'b', usableFromMs: now },
      { kind: 'published', alg: 'RS256', usableFromMs: now + propagationMs },
    ]);
  });

  it('[O50] starts every algorithm with a key that may sign at once and its successor', () => {
    expect(planMaintenance(settled, now)).toEqual([
      { kind: 'created', alg: 'RS256', emergency: false },
      { kind: 'published', alg: 'RS256', usableFromMs: now + propagationMs },
    ]);
  });

  it('lets the successor sign as soon as it may where no key is active', () => {
    const keys = [key('a', 'revoked'), key('b', 'published', { usableFromMs: now + 1 })];
    expect(planMaintenance([...keys, ...settled], now)).toEqual([]);
    expect(planMaintenance([...keys, ...settled], now + 1)).toEqual([
      { kind: 'activated', kid: 'b', usableFromMs: now + 1 },
      { kind: 'published', alg: 'RS256', usableFromMs: now + 1 + propagationMs },
    ]);
  });

  it('makes a key that signs at once where a revocation leaves no successor', () => {
    const keys = [key('a', 'active'), key('b', 'published'), key('old', 'retiring'), ...settled];
    expect(planRevocation(keys, keys.slice(0, 3), now)).toEqual([
      { kind: 'revoked', kid: 'a' },
      { kind: 'revoked', kid: 'b' },
      { kind: 'revoked', kid: 'old' },
      { kind: 'created', alg: 'RS256', emergency: true },
      { kind: 'published', alg: 'RS256', usableFromMs: now + propagationMs },
    ]);
  });
});

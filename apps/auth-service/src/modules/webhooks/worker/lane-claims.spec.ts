import { createLogger, type Database } from '#libs/foundation';
import { FixedClock } from '#libs/testing';
import type { ClaimedDelivery } from './claim.query.js';
import { LaneClaims } from './lane-claims.js';
import { WorkerSettings } from './worker-settings.js';

const logger = createLogger({ name: 'test', level: 'silent' });
const unsent = [{ delivery_id: 'd' } as ClaimedDelivery];

describe('LaneClaims.release', () => {
  it('is tried again where the database is away for a moment', async () => {
    let tries = 0;
    const execute = (): Promise<number> =>
      ++tries < 3 ? Promise.reject(new Error('terminating connection')) : Promise.resolve(1);
    const clock = new FixedClock();
    const claims = new LaneClaims(
      { execute } as unknown as Database,
      clock,
      new WorkerSettings(),
      logger,
    );
    await claims.release({ lease: 'l', untilMs: clock.now() + 25_000 }, unsent);
    expect(tries).toBe(3);
  });

  it('is given up with the lease', async () => {
    let tries = 0;
    const execute = (): Promise<number> => {
      tries++;
      return Promise.reject(new Error('terminating connection'));
    };
    const clock = new FixedClock();
    const claims = new LaneClaims(
      { execute } as unknown as Database,
      clock,
      new WorkerSettings(),
      logger,
    );
    await expect(claims.release({ lease: 'l', untilMs: clock.now() }, unsent)).rejects.toThrow();
    expect(tries).toBe(1);
  });
});

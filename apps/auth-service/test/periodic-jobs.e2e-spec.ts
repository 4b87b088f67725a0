import { Database, Periodic } from '#libs/foundation';
import { IdempotencyStore } from '#libs/guards';
import { AuditRetention } from '../src/modules/identity/index.js';
import { SecretNotices } from '../src/modules/identity/secrets/secret-notices.js';
import { OAuthHousekeeping } from '../src/modules/oauth/usage/housekeeping.job.js';
import { KeyMaintenance } from '../src/modules/ops/keys/key-maintenance.job.js';
import { AuthApp } from './support/auth-app.js';

describe('the stop of a process', () => {
  it('[O75] waits for the rounds of its jobs that are under way, the database still there', async () => {
    const intervals = jest.spyOn(globalThis, 'setInterval');
    const app = await AuthApp.start();
    const ended: string[] = [];
    let release = (): void => undefined;
    const stopping = new Promise<void>((resolve) => (release = resolve));
    async function round(job: string): Promise<void> {
      await stopping;
      for (let n = 0; n < 50; n++) await app.get(Database).query('SELECT 1');
      ended.push(job);
    }
    jest.spyOn(app.get(AuditRetention), 'prune').mockImplementation(async () => {
      await round('audit');
      return 0;
    });
    jest.spyOn(app.get(SecretNotices), 'run').mockImplementation(async () => {
      await round('notices');
      return 0;
    });
    jest.spyOn(app.get(OAuthHousekeeping), 'run').mockImplementation(() => round('housekeeping'));
    jest.spyOn(app.get(IdempotencyStore), 'prune').mockImplementation(() => round('idempotency'));
    jest.spyOn(app.get(KeyMaintenance), 'run').mockImplementation(() => round('keys'));
    for (const [begin, ms = 0] of intervals.mock.calls) if (ms >= 60_000) begin();
    const stop: (this: Periodic) => Promise<void> = Reflect.get(Periodic.prototype, 'stop');
    jest.spyOn(Periodic.prototype, 'stop').mockImplementation(function (this: Periodic) {
      release();
      return stop.call(this);
    });
    await app.stop();
    expect(ended.sort()).toEqual(['audit', 'housekeeping', 'idempotency', 'keys', 'notices']);
    jest.restoreAllMocks();
  });
});

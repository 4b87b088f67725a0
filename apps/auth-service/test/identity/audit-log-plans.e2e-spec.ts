import { CursorCodec, Database } from '#libs/foundation';
import { AuditLogQuery } from '../../src/modules/identity/audit/audit-log.query.js';
import { AuthApp } from '../support/auth-app.js';
import { planOf } from '../support/plan-of.js';

describe('a page of the audit log', () => {
  let app: AuthApp;

  beforeAll(async () => {
    app = await AuthApp.start();
    await app.get(Database).execute(
      `INSERT INTO audit_log SELECT 'busy', n, now(), 'user', 'usr', 'webhook.updated', 'webhook', 'wh_' || n % 100, '::1',
         'ua', 'req', NULL, NULL, '', '' FROM generate_series(1, 10000) n`,
    );
  });

  afterAll(() => app.stop());

  for (const isAnalysed of [false, true]) {
    describe(isAnalysed ? 'with statistics' : 'without statistics', () => {
      beforeAll(async () => {
        if (isAnalysed) await app.get(Database).execute('ANALYZE audit_log');
      });

      it.each([
        [{ target_id: 'wh_1' }, 'audit_log_target'],
        [{ action: 'app.created' }, 'audit_log_action'],
      ])('of %o is found by its index, however many entries there are', async (filter, index) => {
        const plan = await planOf(app.get(Database), (sql) =>
          new AuditLogQuery(sql as Database, app.get(CursorCodec)).list('busy', {
            limit: 50,
            ...filter,
          }),
        );
        expect(plan).toContain(`Index Scan Backward using ${index}`);
        expect(plan).not.toContain('Sort');
      });
    });
  }
});

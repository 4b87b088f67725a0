import { Clock, Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { WebhookNotices } from './webhook-notices.js';
import { WorkerSettings } from './worker-settings.js';

/** Counts what each tenant has pending, so that the relay need not. */
@Injectable()
export class TenantLoad {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly notices: WebhookNotices,
    private readonly settings: WorkerSettings,
  ) {}

  /** Tells a tenant once when it passes its soft quota, and again only after it was under it. */
  async runOnce(): Promise<void> {
    const { tenantSoftQuota } = this.settings;
    await this.database.transaction(async (transaction) => {
      const now = this.clock.date();
      await transaction.execute(
        `WITH load AS (SELECT tenant_id, count(*) AS pending FROM webhook_pending GROUP BY tenant_id)
         INSERT INTO webhook_tenant_load AS known (tenant_id, pending, measured_at)
         SELECT tenant_id, pending, $1::timestamptz FROM load
         UNION ALL
         SELECT tenant_id, 0, $1::timestamptz FROM webhook_tenant_load
         WHERE pending > 0 AND tenant_id NOT IN (SELECT tenant_id FROM load)
         ON CONFLICT (tenant_id) DO UPDATE SET pending = excluded.pending, measured_at = excluded.measured_at,
           warned_at = CASE WHEN excluded.pending < $2 THEN NULL ELSE known.warned_at END`,
        [now, tenantSoftQuota],
      );
      const warned = await transaction.query<{ tenant_id: string; pending: string }>(
        `UPDATE webhook_tenant_load SET warned_at = $1 WHERE pending >= $2 AND warned_at IS NULL
         RETURNING tenant_id, pending`,
        [now, tenantSoftQuota],
      );
      for (const { tenant_id, pending } of warned)
        await this.notices.backlog(transaction, tenant_id, Number(pending), tenantSoftQuota);
    });
  }
}

import { Clock, Database, LOGGER, type Logger, Periodic, type Transaction } from '#libs/foundation';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnModuleInit,
} from '@nestjs/common';
import { SecretEvents } from './secret-events.js';

const intervalMs = 300_000;
const batchSize = 500;

interface Due {
  secret_id: string;
  app_id: string;
  tenant_id: string;
  kind: 'expiring_30d' | 'expiring_7d' | 'expiring_1d' | 'old_still_used';
  ends_at: Date;
}

/** Secrets that reach their greatest age, 30, 7 and 1 day before; only those that nothing replaces. */
const expiring = `
  SELECT secret_id, app_id, tenant_id, ends_at,
    CASE WHEN ends_at <= $1::timestamptz + interval '1 day' THEN 'expiring_1d'
      WHEN ends_at <= $1::timestamptz + interval '7 days' THEN 'expiring_7d' ELSE 'expiring_30d' END AS kind
  FROM (
    SELECT s.id AS secret_id, s.app_id, s.tenant_id, s.created_at + interval '1 day' * least(
      (a.governance ->> 'secret_max_age_days')::int, (t.governance ->> 'secret_max_age_days')::int) AS ends_at
    FROM client_secret s JOIN platform_app a ON a.id = s.app_id AND a.deleted_at IS NULL
      JOIN tenant t ON t.id = a.tenant_id
    WHERE s.revoked_at IS NULL AND s.expires_at IS NULL AND (
      a.id IN (SELECT id FROM platform_app WHERE deleted_at IS NULL AND governance ? 'secret_max_age_days')
      OR t.id IN (SELECT id FROM tenant WHERE governance ? 'secret_max_age_days'))
  ) aging
  WHERE ends_at > $1 AND ends_at <= $1::timestamptz + interval '30 days'`;

/** Rotated secrets that were used after their successor came: the end of the overlap is about to hurt. */
const stillUsed = `
  SELECT s.id AS secret_id, s.app_id, s.tenant_id, s.expires_at AS ends_at, 'old_still_used' AS kind
  FROM client_secret s JOIN platform_app a ON a.id = s.app_id AND a.deleted_at IS NULL
  WHERE s.revoked_at IS NULL AND s.expires_at > $1 AND EXISTS (
    SELECT FROM client_secret n WHERE n.app_id = s.app_id AND (n.created_at, n.id) > (s.created_at, s.id) AND n.created_at < s.last_used_at)`;

/** Finds what is to be told of secrets and tells it once, on whichever instance comes first. */
@Injectable()
export class SecretNotices implements OnModuleInit, BeforeApplicationShutdown {
  private readonly runs = new Periodic('secret-notices', intervalMs, () => this.run(), this.logger);

  constructor(
    private readonly database: Database,
    private readonly events: SecretEvents,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.runs.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.runs.stop();
  }

  /** @returns how many notices were published */
  async run(): Promise<number> {
    return this.database.transaction(async (transaction) => {
      const [lock] = await transaction.query<{ held: boolean }>(
        `SELECT pg_try_advisory_xact_lock(hashtext('secret_notices')) AS held`,
      );
      if (!lock?.held) return 0;
      const due = [
        ...(await this.untold(transaction, expiring)),
        ...(await this.untold(transaction, stillUsed)),
      ];
      for (const notice of due) await this.tell(transaction, notice);
      return due.length;
    });
  }

  private async untold(transaction: Transaction, source: string): Promise<Due[]> {
    return transaction.query<Due>(
      `SELECT due.* FROM (${source}) due WHERE NOT EXISTS (
         SELECT FROM secret_notice told WHERE told.secret_id = due.secret_id AND told.kind = due.kind)
       LIMIT ${batchSize}`,
      [this.clock.date()],
    );
  }

  private async tell(transaction: Transaction, notice: Due): Promise<void> {
    await transaction.execute(
      'INSERT INTO secret_notice (secret_id, kind, noticed_at) VALUES ($1, $2, $3)',
      [notice.secret_id, notice.kind, this.clock.date()],
    );
    await this.events.publish(
      transaction,
      { id: notice.app_id, tenantId: notice.tenant_id },
      notice.kind === 'old_still_used' ? 'app.secret.old_still_used' : 'app.secret.expiring',
      { secret_id: notice.secret_id, expires_at: notice.ends_at.toISOString() },
    );
  }
}

import { Clock, Database, Ids, LOGGER, type Logger, type Sql } from '#libs/foundation';
import { Inject, Injectable } from '@nestjs/common';
import { Mailer } from '../../mail/index.js';

const BATCH = 20;
/** A mail whose server fails is tried again after this, for so long. */
const RETRY_MS = 10 * 60_000;
const GIVE_UP_MS = 3 * 86_400_000;

export interface Notice {
  tenantId: string;
  /** Its contacts are told; without it, or where it has none, the tenant's administrators. */
  appId: string | null;
  subject: string;
  text: string;
}

interface DueMail {
  id: string;
  tenant_id: string;
  app_id: string | null;
  subject: string;
  body: string;
  created_at: Date;
}

/** Mail about webhooks: kept with the change that it tells of, sent after its commit, at least once. */
@Injectable()
export class NoticeMail {
  constructor(
    private readonly database: Database,
    private readonly mailer: Mailer,
    private readonly ids: Ids,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async write(transaction: Sql, { tenantId, appId, subject, text }: Notice): Promise<void> {
    await transaction.execute(
      `INSERT INTO webhook_notice_mail (id, tenant_id, app_id, subject, body, created_at, due_at)
       VALUES ($1, $2, $3, $4, $5, $6, $6)`,
      [this.ids.uuid(), tenantId, appId, subject, text, this.clock.date()],
    );
  }

  /** Sends what is due. A mail server that fails delays its mail and nothing else. */
  async sendDue(): Promise<void> {
    const now = this.clock.now();
    const due = await this.database.query<DueMail>(
      `UPDATE webhook_notice_mail SET due_at = $2
       WHERE id IN (SELECT id FROM webhook_notice_mail WHERE due_at <= $1 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
       RETURNING id, tenant_id, app_id, subject, body, created_at`,
      [new Date(now), new Date(now + RETRY_MS), BATCH],
    );
    for (const mail of due) {
      try {
        await this.send(mail);
      } catch (error) {
        this.logger.warn({ err: error, mail_id: mail.id }, 'notice not mailed');
        if (now - mail.created_at.getTime() < GIVE_UP_MS) continue;
        this.logger.error({ mail_id: mail.id, tenant_id: mail.tenant_id }, 'notice given up');
      }
      await this.database.execute('DELETE FROM webhook_notice_mail WHERE id = $1', [mail.id]);
    }
  }

  private async send(mail: DueMail): Promise<void> {
    const recipients = await this.recipients(mail);
    if (recipients.length === 0)
      this.logger.warn({ mail_id: mail.id, tenant_id: mail.tenant_id }, 'nobody to mail a notice');
    for (const to of recipients)
      await this.mailer.send({ to, subject: mail.subject, text: mail.body });
  }

  private async recipients({ tenant_id, app_id }: DueMail): Promise<string[]> {
    const [app] = await this.database.query<{ contacts: string[] }>(
      'SELECT contacts FROM platform_app WHERE id = $1 AND deleted_at IS NULL',
      [app_id],
    );
    if (app && app.contacts.length > 0) return app.contacts;
    const admins = await this.database.query<{ email: string }>(
      `SELECT email FROM user_account
       WHERE tenant_id = $1 AND role IN ('owner', 'admin') AND status <> 'suspended' ORDER BY email`,
      [tenant_id],
    );
    return admins.map(({ email }) => email);
  }
}

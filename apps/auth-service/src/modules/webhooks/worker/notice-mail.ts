import { Clock, Database, Ids, LOGGER, type Logger, type Sql } from '#libs/foundation';
import { Inject, Injectable } from '@nestjs/common';
import { MailFailure, Mailer } from '../../mail/index.js';

/** Whoever could not be told is tried again after this, for so long. */
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
  done: string[];
  created_at: Date;
}

type Outcome = 'told' | 'deferred' | 'away' | 'stopped';

/**
 * Mail about webhooks: kept with the change that it tells of, sent after its commit. Each recipient gets it once; twice
 * where the process dies over it.
 */
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

  /** Sends what is due, mail by mail, until there is no more, the mail server fails or the process stops. */
  async sendDue(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const mail = await this.claim();
      if (!mail) return;
      const outcome = await this.tell(mail, stop);
      if (outcome === 'told') await this.forget(mail);
      else if (outcome !== 'stopped') await this.giveUpInTime(mail);
      if (outcome === 'away') return;
    }
  }

  private async claim(): Promise<DueMail | undefined> {
    const [mail] = await this.database.query<DueMail>(
      `UPDATE webhook_notice_mail SET due_at = $2
       WHERE id = (SELECT id FROM webhook_notice_mail WHERE due_at <= $1 ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING id, tenant_id, app_id, subject, body, done, created_at`,
      [this.clock.date(), this.retryAt()],
    );
    return mail;
  }

  private async tell(mail: DueMail, stop: AbortSignal): Promise<Outcome> {
    let outcome: Outcome = 'told';
    for (const to of await this.untold(mail)) {
      if (stop.aborted) return 'stopped';
      const verdict = await this.send(mail, to);
      if (verdict === 'away') return 'away';
      if (verdict === 'deferred') outcome = 'deferred';
      else await this.note(mail, to);
    }
    return outcome;
  }

  /** Each try begins with another one: an address over which the server hangs keeps the mail from nobody else. */
  private async untold(mail: DueMail): Promise<string[]> {
    const recipients = await this.recipients(mail);
    const untold = recipients.filter((to) => !mail.done.includes(to));
    const first = Math.floor(this.ageMs(mail) / RETRY_MS) % untold.length;
    return [...untold.slice(first), ...untold.slice(0, first)];
  }

  private async send({ id, tenant_id, app_id, subject, body }: DueMail, to: string) {
    try {
      await this.mailer.sendOnce({ to, subject, text: body });
      return 'sent';
    } catch (error) {
      const verdict = error instanceof MailFailure ? error.verdict : 'away';
      this.logger.warn(
        { err: error, mail_id: id, tenant_id, app_id },
        verdict === 'refused' ? 'notice refused' : 'notice not mailed',
      );
      return verdict;
    }
  }

  /** Done with a recipient: the others have the whole time again before another process takes the mail up. */
  private async note({ id }: DueMail, to: string): Promise<void> {
    await this.database.execute(
      'UPDATE webhook_notice_mail SET done = array_append(done, $2), due_at = $3 WHERE id = $1',
      [id, to, this.retryAt()],
    );
  }

  private async giveUpInTime(mail: DueMail): Promise<void> {
    if (this.ageMs(mail) < GIVE_UP_MS) return;
    this.logger.error({ mail_id: mail.id, tenant_id: mail.tenant_id }, 'notice given up');
    await this.forget(mail);
  }

  private async forget({ id }: DueMail): Promise<void> {
    await this.database.execute('DELETE FROM webhook_notice_mail WHERE id = $1', [id]);
  }

  private ageMs({ created_at }: DueMail): number {
    return this.clock.now() - created_at.getTime();
  }

  private retryAt(): Date {
    return new Date(this.clock.now() + RETRY_MS);
  }

  private async recipients({ id, tenant_id, app_id }: DueMail): Promise<string[]> {
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
    if (admins.length === 0)
      this.logger.warn({ mail_id: id, tenant_id }, 'nobody to mail a notice');
    return admins.map(({ email }) => email);
  }
}

import {
  Clock,
  Database,
  LOGGER,
  type Logger,
  type RequestFacts,
  type Transaction,
} from '#libs/foundation';
import { Inject, Injectable } from '@nestjs/common';
import { AuditLog, endLastingOf, revokeTokensOf } from '../../identity/index.js';
import { Mailer } from '../../mail/index.js';
import { type LinkPurpose, OneTimeLinks } from '../links/one-time-links.service.js';
import { type Language, messages } from '../pages/messages.js';
import { passwordProblem, Passwords } from '../passwords/passwords.service.js';
import { lockUsers } from '../sessions/user-lock.js';

export type SaveOutcome = 'saved' | 'dead' | NonNullable<ReturnType<typeof passwordProblem>>;

/** Sets passwords through one-time links: at enrolment and after a reset. */
@Injectable()
export class AccountPasswords {
  constructor(
    private readonly database: Database,
    private readonly links: OneTimeLinks,
    private readonly passwords: Passwords,
    private readonly mailer: Mailer,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Uses the link up with the first password that is good enough. */
  async save(
    token: string,
    purpose: LinkPurpose,
    password: string,
    request: RequestFacts,
  ): Promise<SaveOutcome> {
    const owner = await this.links.peek(token, purpose);
    if (!owner) return 'dead';
    const problem = passwordProblem(password, owner.email);
    if (problem) return problem;
    const hash = await this.passwords.hash(password);
    return this.database.transaction(async (transaction) => {
      await lockUsers(transaction, owner.userId);
      const userId = await this.links.redeem(transaction, token, purpose);
      if (userId === undefined) return 'dead';
      await this.store(transaction, userId, purpose, hash, request);
      return 'saved';
    });
  }

  /**
   * Mails a reset link where there is one such account. Nothing waits for the mail, so that neither answer nor
   * time tells whether it was sent.
   */
  async requestReset(
    emailKey: string,
    organisation: string | undefined,
    language: Language,
  ): Promise<void> {
    const rows = await this.database.query<{ id: string; email: string }>(
      `SELECT user_account.id, email FROM user_account JOIN tenant ON tenant.id = tenant_id
       WHERE email_key = $1 AND user_account.status = 'active' AND tenant.status = 'active'
         AND ($2::text IS NULL OR tenant.slug = $2) LIMIT 2`,
      [emailKey, organisation ?? null],
    );
    const [user] = rows;
    if (!user || rows.length > 1) return;
    void this.mailReset(user.id, user.email, language).catch((error: unknown) =>
      this.logger.error({ err: error, user_id: user.id }, 'cannot mail a reset link'),
    );
  }

  private async mailReset(userId: string, to: string, language: Language): Promise<void> {
    const url = await this.database.transaction(async (transaction) =>
      this.links.create(transaction, userId, 'reset'),
    );
    const text = messages[language];
    // The page speaks the language of the mail, whatever the browser prefers that opens it.
    await this.mailer.send({
      to,
      subject: text.resetSubject,
      text: `${text.resetMail}\n\n${url}&ui_locales=${language}\n\n${text.resetMailIgnore}`,
    });
  }

  private async store(
    transaction: Transaction,
    userId: string,
    purpose: LinkPurpose,
    hash: string,
    request: RequestFacts,
  ): Promise<void> {
    // A second link may be in a mail that somebody else reads.
    await this.links.endAll(transaction, userId);
    const now = this.clock.date();
    const [user] = await transaction.query<{ tenant_id: string }>(
      `UPDATE user_account SET password_hash = $2, updated_at = $3,
         status = CASE status WHEN 'suspended' THEN status ELSE 'active' END
       WHERE id = $1 RETURNING tenant_id`,
      [userId, hash, now],
    );
    if (!user) throw new Error('a one-time link names a user that does not exist');
    // Whoever knew the old password may hold tokens, nor may a refresh token bring new ones (RFC 9700 section 4.14.2).
    if (purpose === 'reset') await revokeTokensOf(transaction, 'user', userId, now.getTime());
    await endLastingOf(transaction, 'user', userId, now.getTime());
    await this.audit.record(transaction, {
      tenantId: user.tenant_id,
      actor: { kind: 'user', id: userId },
      action: purpose === 'enrol' ? 'user.enrolled' : 'user.password_reset',
      target: { kind: 'user', id: userId },
      request,
    });
  }
}

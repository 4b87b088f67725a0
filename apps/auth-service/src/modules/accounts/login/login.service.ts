import { type UserRole } from '#libs/entities';
import { Database, type RequestFacts } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { emailKeyOf } from './email-key.js';
import { PageLimits } from '../pages/page-limits.js';
import { Passwords } from '../passwords/passwords.service.js';
import type { VerifiedUser } from '../sessions/session.js';

export interface LoginAttempt {
  email: string;
  password: string;
  /** The tenant whose app sent the user here, or the short name the user gave. */
  tenant: { id: string } | { slug: string } | undefined;
}

interface Row {
  id: string;
  tenant_id: string;
  email: string;
  role: UserRole;
  password_hash: string | null;
}

/** Signs people in by address and password. */
@Injectable()
export class LoginService {
  constructor(
    private readonly database: Database,
    private readonly passwords: Passwords,
    private readonly limits: PageLimits,
  ) {}

  /**
   * One look-up and one hash, whether the account exists or not: neither text nor time tells which addresses do.
   * @returns the user; the headers of the refusal where too much was tried; undefined for every other failure
   */
  async check(
    attempt: LoginAttempt,
    { ip }: RequestFacts,
  ): Promise<VerifiedUser | { refusal: Readonly<Record<string, string>> } | undefined> {
    const emailKey = emailKeyOf(attempt.email);
    const refusal = await this.throttle(emailKey, ip);
    if (refusal) return { refusal };
    const candidates = await this.candidates(emailKey, attempt.tenant);
    // An address that several tenants know needs the tenant's name: the first is not guessed.
    const user = candidates.length === 1 ? candidates[0] : undefined;
    const password = attempt.password.slice(0, 1_024);
    const passwordHash = user?.password_hash ?? undefined;
    const matches = await this.passwords.verify(password, passwordHash);
    if (!user || !matches || passwordHash === undefined) return undefined;
    const { id, tenant_id: tenantId, email, role } = user;
    return { id, tenantId, email, role, passwordHash };
  }

  private async candidates(emailKey: string, tenant: LoginAttempt['tenant']): Promise<Row[]> {
    return this.database.query<Row & Record<string, unknown>>(
      `SELECT user_account.id, tenant_id, email, role, password_hash
       FROM user_account JOIN tenant ON tenant.id = tenant_id
       WHERE email_key = $1 AND user_account.status = 'active' AND tenant.status = 'active'
         AND ($2::text IS NULL OR tenant.id = $2) AND ($3::text IS NULL OR tenant.slug = $3) LIMIT 2`,
      [
        emailKey,
        tenant && 'id' in tenant ? tenant.id : null,
        tenant && 'slug' in tenant ? tenant.slug : null,
      ],
    );
  }

  /** By network, and by account from a network: nobody can lock an account out for others. */
  private async throttle(email: string, ip: string): Promise<Record<string, string> | undefined> {
    return (
      (await this.limits.take('login-network', { ip })) ??
      (await this.limits.take('login', { ip, email }))
    );
  }
}

import { type UserRole } from '#libs/entities';
import { Database, networkOf, type RequestFacts } from '#libs/foundation';
import { RateLimiter, scaleLimit } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import { AuthConfig } from '../../../config.js';
import { Passwords } from '../passwords/passwords.service.js';
import type { SignedInUser } from '../sessions/session.js';

const perAccount = { name: 'login', perSecond: 10 / 900, burst: 10 };
const perAddress = { name: 'login', perSecond: 100 / 900, burst: 100 };

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
    private readonly limiter: RateLimiter,
    private readonly config: AuthConfig,
  ) {}

  /**
   * One look-up and one hash, whether the account exists or not: neither text nor time tells which addresses do.
   * @returns the user; `throttled` where too much was tried; undefined for every other failure
   */
  async check(
    attempt: LoginAttempt,
    { ip }: RequestFacts,
  ): Promise<SignedInUser | 'throttled' | undefined> {
    const emailKey = attempt.email.trim().toLowerCase().slice(0, 254);
    if (await this.isThrottled(emailKey, ip)) return 'throttled';
    const candidates = await this.candidates(emailKey, attempt.tenant);
    // An address that several tenants know needs the tenant's name: the first is not guessed.
    const user = candidates.length === 1 ? candidates[0] : undefined;
    const password = attempt.password.slice(0, 1_024);
    const matches = await this.passwords.verify(password, user?.password_hash ?? undefined);
    if (!user || !matches) return undefined;
    return { id: user.id, tenantId: user.tenant_id, email: user.email, role: user.role };
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

  /** 10 in 15 min for an account from an address, 100 for an address; nobody can lock an account out for others. */
  private async isThrottled(emailKey: string, ip: string): Promise<boolean> {
    const scale = this.config.rateLimitScale;
    if (scale === 0) return false;
    const network = networkOf(ip);
    const address = await this.limiter.take(`login:${network}`, scaleLimit(perAddress, scale));
    if (address.waitMs > 0) return true;
    const account = await this.limiter.take(
      `login:${network} ${emailKey}`,
      scaleLimit(perAccount, scale),
    );
    return account.waitMs > 0;
  }
}

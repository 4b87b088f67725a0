import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** The session cookie; `__Host-` binds it to this host over TLS, so that no sibling domain can set it. */
export class SessionCookie {
  readonly name: string;
  private readonly attributes: string;

  /** @param issuer plain http is for loopback alone, where browsers refuse `__Host-` and Secure */
  constructor(issuer: string) {
    const secure = new URL(issuer).protocol === 'https:';
    this.name = secure ? '__Host-kng_sid' : 'kng_sid';
    // Lax and not Strict: an authorization request comes from another site.
    this.attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  }

  read(request: IncomingMessage): string | undefined {
    const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
    const values = pairs.flatMap((pair) =>
      pair.startsWith(`${this.name}=`) ? [pair.slice(this.name.length + 1)] : [],
    );
    return values.length === 1 ? values[0] : undefined;
  }

  set(secret: string): string {
    return `${this.name}=${secret}; ${this.attributes}`;
  }

  clear(): string {
    return `${this.name}=; ${this.attributes}; Max-Age=0`;
  }
}

/** What every form of a session carries: only who holds the cookie can know it. */
export function csrfToken(secret: string): string {
  return createHash('sha256').update(`csrf ${secret}`).digest('base64url');
}

export function isCsrfToken(secret: string, presented: string | undefined): boolean {
  const expected = Buffer.from(csrfToken(secret));
  const actual = Buffer.from(presented ?? '');
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

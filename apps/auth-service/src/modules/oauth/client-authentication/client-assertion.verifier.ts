import { createHash } from 'node:crypto';
import { Clock, Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { createLocalJWKSet, decodeJwt, type JWTPayload, jwtVerify } from 'jose';
import { AuthConfig } from '../../../config.js';
import { type Client, publicKeyProblem } from '../../identity/index.js';

/** The algorithms an assertion may be signed with, as the metadata names them. */
export const assertionAlgorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];
const longestLifeSeconds = 300;
const clockToleranceSeconds = 5;

/** Who an assertion says it is; not proved yet. */
export function claimedClientId(assertion: string): string | undefined {
  try {
    // What is not proved may have any type.
    const { sub }: { sub?: unknown } = decodeJwt(assertion);
    return typeof sub === 'string' ? sub : undefined;
  } catch {
    return undefined;
  }
}

/** `private_key_jwt` (RFC 7523 section 3, with the audience rule of rfc7523bis: the issuer alone, as a string). */
@Injectable()
export class ClientAssertions {
  constructor(
    private readonly database: Database,
    private readonly config: AuthConfig,
    private readonly clock: Clock,
  ) {}

  /** Whether the assertion proves the client, for the first time. */
  async proves(client: Client, assertion: string): Promise<boolean> {
    const { app } = client;
    if (!app.jwks || app.tokenEndpointAuthMethod !== 'private_key_jwt') return false;
    const payload = await this.verify(app.id, app.jwks, assertion);
    return payload !== undefined && this.isFirstUse(app.id, payload);
  }

  private async verify(
    clientId: string,
    jwks: NonNullable<Client['app']['jwks']>,
    assertion: string,
  ): Promise<JWTPayload | undefined> {
    // Registered by a version that took more.
    const keys = jwks.keys.filter((key) => publicKeyProblem(key) === undefined);
    try {
      const { payload } = await jwtVerify(assertion, createLocalJWKSet({ keys }), {
        algorithms: assertionAlgorithms,
        issuer: clientId,
        subject: clientId,
        audience: this.config.issuer,
        requiredClaims: ['exp', 'jti'],
        currentDate: this.clock.date(),
        clockTolerance: clockToleranceSeconds,
      });
      const tooLong = (payload.exp ?? 0) > this.clock.seconds() + longestLifeSeconds;
      // What the client signed may have any type still.
      const { aud, jti }: { aud?: unknown; jti?: unknown } = payload;
      const hasId = typeof jti === 'string' && jti !== '';
      const valid = aud === this.config.issuer && hasId && !tooLong;
      return valid ? payload : undefined;
    } catch {
      // Nothing in here but the assertion and the client's own keys: whatever is wrong, it proves nothing.
      return undefined;
    }
  }

  private async isFirstUse(appId: string, { jti = '', exp = 0 }: JWTPayload): Promise<boolean> {
    const inserted = await this.database.execute(
      'INSERT INTO client_assertion (app_id, jti_digest, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [
        appId,
        createHash('sha256').update(jti).digest(),
        new Date((exp + clockToleranceSeconds) * 1000),
      ],
    );
    return inserted === 1;
  }
}

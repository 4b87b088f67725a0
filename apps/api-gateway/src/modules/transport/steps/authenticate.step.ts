import { AppError, BearerChallenge } from '#libs/foundation';
import { type AccessTokenVerifier, presentedToken, TokenRefused } from '#libs/guards';
import type { Exchange, Step } from '../exchange.js';
import { refusal, type Refusal } from '../refusal.js';

/** A live access token for this resource (RFC 6750, RFC 9068). Operators' tokens have another audience. */
export function authenticateStep(
  verifier: AccessTokenVerifier,
  challenge: BearerChallenge,
  audience: string,
): Step {
  return {
    name: 'authenticate',
    async run(exchange: Exchange): Promise<Refusal | undefined> {
      try {
        exchange.bearer = presentedToken(exchange.request, challenge);
        exchange.token = await verifier.verify(exchange.bearer, audience);
      } catch (error) {
        if (error instanceof AppError) return asRefusal(error);
        if (error instanceof TokenRefused) return asRefusal(challenge.invalidToken(error.code));
        throw error;
      }
      if (exchange.token.tenantId === undefined) {
        return asRefusal(challenge.invalidToken('invalid_token'));
      }
      return undefined;
    },
  };
}

function asRefusal(error: AppError): Refusal {
  // 503: whether the token was revoked cannot be told at the moment.
  if (error.status >= 500) return refusal('UPSTREAM_ERROR', undefined, error.headers);
  const code = error.status === 401 ? 'UNAUTHENTICATED' : 'BAD_REQUEST';
  return refusal(code, undefined, error.headers);
}

import { AppError, type BearerChallenge } from '#libs/foundation';
import {
  type AccessTokenVerifier,
  presentedToken,
  type ServiceTokenUsage,
  TenantSuspended,
  TokenRefused,
} from '#libs/guards';
import type { GatewayErrorCode } from '../error-codes.js';
import type { Exchange, Step } from '../exchange.js';
import { refusal, type Refusal } from '../refusal.js';

export interface AuthenticateOptions {
  verifier: AccessTokenVerifier;
  challenge: BearerChallenge;
  usage: ServiceTokenUsage;
  /** This resource, as `aud` names it. */
  audience: string;
}

const NOT_APPROVED = refusal('OPERATION_NOT_APPROVED');

/** A live access token for this resource (RFC 6750, RFC 9068). Operators' tokens have another audience. */
export function authenticateStep(options: AuthenticateOptions): Step {
  const { verifier, challenge, usage, audience } = options;
  return {
    name: 'authenticate',
    async run(exchange: Exchange): Promise<Refusal | undefined> {
      try {
        const { request } = exchange;
        exchange.bearer = presentedToken(request, challenge);
        exchange.token = await verifier.verify(exchange.bearer, audience, request.socket);
      } catch (error) {
        if (error instanceof AppError) return asRefusal(error);
        // As if it had no grant, until the suspension ends; after it, tokens of before answer 401.
        if (error instanceof TenantSuspended) return NOT_APPROVED;
        if (error instanceof TokenRefused) return asRefusal(challenge.invalidToken(error.code));
        throw error;
      }
      if (exchange.token.tenantId === undefined) {
        return asRefusal(challenge.invalidToken('invalid_token'));
      }
      usage.record(exchange.token);
      return undefined;
    },
  };
}

/** 503: revocations cannot be read, and the token has a sensitive scope. */
const CODES: Readonly<Record<number, GatewayErrorCode>> = {
  401: 'UNAUTHENTICATED',
  503: 'TEMPORARILY_UNAVAILABLE',
};

function asRefusal(error: AppError): Refusal {
  return refusal(CODES[error.status] ?? 'BAD_REQUEST', undefined, error.headers);
}

import type { IncomingMessage } from 'node:http';
import {
  type Access,
  AppError,
  BearerChallenge,
  listenerOf,
  matchedRoute,
  requestFacts,
} from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import passport from 'passport';
import { hasRole, toActor, toOperatorActor, type Actor, type OperatorActor } from '../actor.js';
import { ApiPolicyFeed } from '../policies/api-policy-feed.js';
import { ServiceTokenUsage } from '../policies/service-token-usage.js';
import type { AccessToken } from '../tokens/access-token.js';
import { AccessTokenVerifier, TokenRefused } from '../tokens/access-token.verifier.js';
import { carriesScope } from '../tokens/carries-scope.js';
import { GuardsOptions } from './guards-options.js';
import { presentedToken } from './presented-token.js';

export const BEARER_STRATEGY = 'bearer';

/** Bearer authentication (RFC 6750) as a passport strategy, verified with jose (ADR 3). */
@Injectable()
export class BearerStrategy extends passport.Strategy {
  override readonly name = BEARER_STRATEGY;

  constructor(
    private readonly verifier: AccessTokenVerifier,
    private readonly challenge: BearerChallenge,
    private readonly options: GuardsOptions,
    private readonly policies: ApiPolicyFeed,
    private readonly usage: ServiceTokenUsage,
  ) {
    super();
    passport.use(this);
  }

  override authenticate(request: IncomingMessage): void {
    this.resolveActor(request).then(
      (actor) => this.success(actor),
      (error: unknown) => this.error(error),
    );
  }

  /** The actor behind a request, checked against the access its route states. */
  async resolveActor(request: IncomingMessage): Promise<Actor | OperatorActor> {
    const access = matchedRoute(request)?.access;
    if (access?.kind !== 'authenticated' && access?.kind !== 'operator')
      throw new AppError('not_found');
    const token = presentedToken(request, this.challenge);
    const operator = listenerOf(request) === 'operator';
    try {
      const verified = await this.verifier.verify(
        token,
        operator ? this.options.operatorAudience : this.options.audience,
        request.socket,
      );
      if (operator !== (verified.use === 'operator')) throw new TokenRefused('invalid_token');
      assertTenant(request, verified);
      this.policies.assertAddress(verified, requestFacts(request).ip);
      this.usage.record(verified);
      if (!mayCall(access, verified)) {
        throw this.challenge.insufficientScope(access.scope);
      }
      return operator
        ? toOperatorActor(verified, requestFacts(request))
        : admit(access, toActor(verified, requestFacts(request)));
    } catch (error) {
      if (error instanceof TokenRefused) throw this.challenge.invalidToken(error.code, error);
      throw error;
    }
  }
}

function mayCall(
  access: Access & { kind: 'authenticated' | 'operator' },
  { scopes, use }: AccessToken,
): boolean {
  if (access.kind === 'authenticated' && access.apps && (use === 'client' || use === 'service'))
    return true;
  return carriesScope(scopes, access.scope);
}

/** The token's claim is the tenant. A header that says otherwise is a mistake worth telling, not a choice. */
function assertTenant(request: IncomingMessage, { tenantId, use }: AccessToken): void {
  const header = request.headers['x-tenant-id'];
  if (header === undefined || use === 'operator' || header === tenantId) return;
  throw new AppError('tenant_mismatch', { detail: 'Leave X-Tenant-ID out: the token names it.' });
}

function admit(access: Access & { kind: 'authenticated' | 'operator' }, actor: Actor): Actor {
  if (access.kind === 'authenticated' && access.role && !hasRole(actor, access.role)) {
    throw new AppError('role_required', {
      detail: `Ask someone with the role ${access.role} of your tenant.`,
    });
  }
  return actor;
}

import { Clock, OAuthError } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import type { Session, SignedInUser } from '../../accounts/index.js';
import { Consents } from '../consent/consents.service.js';
import { mayLend, OFFLINE_ACCESS } from '../token/requested-scopes.js';
import type { AuthorizeRequest } from './authorize-request.js';
import type { PendingRequest } from './pending-requests.js';

/** What an authorization request needs next. */
export type Decision =
  | { kind: 'login' }
  | { kind: 'consent' }
  | { kind: 'refuse'; error: OAuthError }
  | { kind: 'grant'; session: Session & { user: SignedInUser } };

@Injectable()
export class AuthorizeDecision {
  constructor(
    private readonly consents: Consents,
    private readonly clock: Clock,
  ) {}

  async decide(
    request: AuthorizeRequest,
    session: Session | undefined,
    pending: PendingRequest | undefined,
  ): Promise<Decision> {
    const silent = request.prompts.has('none');
    if (!isSignedIn(session) || this.wantsNewLogin(request, session, pending)) {
      if (!silent) return { kind: 'login' };
      return refuse('login_required', 'The user is not signed in.');
    }
    const { client, scopes, offline } = request;
    if (session.user.tenantId !== client.app.tenantId)
      return refuse('access_denied', 'The user does not belong to the tenant of the app.');
    const { role } = session.user;
    if (!scopes.every((scope) => mayLend(role, scope)))
      return refuse('access_denied', 'A scope is for the administrators of the tenant.');
    if (pending?.denied) return refuse('access_denied', 'The user denied the request.');
    const names = scopes.map(({ name }) => name);
    const asked = offline ? [...names, OFFLINE_ACCESS] : names;
    const covered =
      pending?.consented === true ||
      (!request.prompts.has('consent') &&
        (await this.consents.covers(session.user, client, asked)));
    if (covered) return { kind: 'grant', session };
    if (!silent) return { kind: 'consent' };
    return refuse('consent_required', 'The user has not consented to all of it.');
  }

  private wantsNewLogin(
    { prompts, maxAgeSeconds }: AuthorizeRequest,
    { authTimeMs = 0 }: Session,
    pending: PendingRequest | undefined,
  ): boolean {
    if (pending?.loginAtMs !== undefined) return false;
    if (prompts.has('login')) return true;
    return maxAgeSeconds !== undefined && authTimeMs + maxAgeSeconds * 1000 <= this.clock.now();
  }
}

function isSignedIn(session: Session | undefined): session is Session & { user: SignedInUser } {
  return session?.user !== undefined;
}

function refuse(
  code: 'login_required' | 'consent_required' | 'access_denied',
  text: string,
): Decision {
  return { kind: 'refuse', error: new OAuthError(code, text) };
}

import { Clock, Database, OAuthError } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import type { Session, SignedInUser } from '../../accounts/index.js';
import { Consents } from '../consent/consents.service.js';
import { mayLend } from '../token/requested-scopes.js';
import {
  type AuthorizeRequest,
  scopesToConsent,
  type TrustedRequest,
} from './authorize-request.js';
import type { CheckedRequest } from './authorize-requests.service.js';
import type { PendingRequest } from './pending-requests.js';

/** What an authorization request needs next. */
export type Decision =
  | { kind: 'login' }
  | { kind: 'consent' }
  | { kind: 'refuse'; error: OAuthError }
  | {
      kind: 'grant';
      request: AuthorizeRequest;
      session: Session & { user: SignedInUser };
      /** To this very request, on our page; otherwise an earlier consent covers it, or an administrator's. */
      consented: boolean;
    };

@Injectable()
export class AuthorizeDecision {
  constructor(
    private readonly database: Database,
    private readonly consents: Consents,
    private readonly clock: Clock,
  ) {}

  async decide(
    checked: CheckedRequest,
    session: Session | undefined,
    pending: PendingRequest | undefined,
  ): Promise<Decision> {
    if (checked.kind === 'invalid')
      return mayRedirect(checked.request, session)
        ? { kind: 'refuse', error: checked.error }
        : { kind: 'login' };
    const { request } = checked;
    const silent = request.prompts.has('none');
    if (!isSignedIn(session) || this.wantsNewLogin(request, session, pending)) {
      if (!silent) return { kind: 'login' };
      return refuse('login_required', 'The user is not signed in.');
    }
    const { client, scopes } = request;
    if (session.user.tenantId !== client.app.tenantId)
      return refuse('access_denied', 'The user does not belong to the tenant of the app.');
    const { role } = session.user;
    if (!scopes.every((scope) => mayLend(role, scope)))
      return refuse('access_denied', 'A scope is for the administrators of the tenant.');
    if (pending?.denied) return refuse('access_denied', 'The user denied the request.');
    // An app may have got more scopes since the page was shown: nobody has agreed to those.
    const consented = scopesToConsent(request).every((name) =>
      pending?.consentedScopes?.includes(name),
    );
    if (consented) return { kind: 'grant', request, session, consented };
    const covered =
      !request.prompts.has('consent') &&
      (await this.consents.covers(this.database, session.user, request));
    if (covered) return { kind: 'grant', request, session, consented };
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

/**
 * Whether the browser may be sent on with an error: only once its user has signed in, or where the client asked for
 * silence (RFC 9700 section 4.11.2). A link with a mistake in it would otherwise lead anyone to anyone's client.
 */
export function mayRedirect({ prompts }: TrustedRequest, session: Session | undefined): boolean {
  return isSignedIn(session) || prompts.has('none');
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

import { OAuthError } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { AuthConfig } from '../../../config.js';
import { ClientLookup, ScopeCatalogue } from '../../identity/index.js';
import { mayUseGrant } from '../client-authentication/client-policy.js';
import {
  grantableScopes,
  OFFLINE_ACCESS,
  parseScope,
  requestedResources,
  selectScopes,
} from '../token/requested-scopes.js';
import type { AuthorizeParameters } from './authorize-parameters.js';
import type { AuthorizeRequest, TrustedRequest } from './authorize-request.js';
import { requestChecks } from './checks/request.checks.js';
import { establishTrust } from './checks/trust.checks.js';
import { failureOf } from './failures.js';

export type CheckedRequest =
  | { kind: 'valid'; request: AuthorizeRequest }
  | { kind: 'invalid'; request: TrustedRequest; error: OAuthError };

/** parse -> checks before the redirect URI is trusted -> checks after. */
@Injectable()
export class AuthorizeRequests {
  constructor(
    private readonly clients: ClientLookup,
    private readonly catalogue: ScopeCatalogue,
    private readonly config: AuthConfig,
  ) {}

  /** @throws PageError while nothing may be redirected; afterwards errors are answers */
  async check(parameters: AuthorizeParameters): Promise<CheckedRequest> {
    const trusted = await establishTrust(parameters, this.clients);
    try {
      for (const check of requestChecks) check(trusted);
      return { kind: 'valid', request: await this.complete(trusted) };
    } catch (error) {
      const failure = failureOf(error);
      if (failure) return { kind: 'invalid', request: trusted, error: failure };
      throw error;
    }
  }

  private async complete(trusted: TrustedRequest): Promise<AuthorizeRequest> {
    const { parameters, client } = trusted;
    const resources = requestedResources(parameters.resources, this.config.resourceUrls);
    const scope = parameters.get('scope');
    const names = scope === undefined ? undefined : parseScope(scope);
    const offline = names?.includes(OFFLINE_ACCESS) ?? false;
    if (offline && !mayUseGrant(client, 'refresh_token'))
      throw new OAuthError('invalid_scope', 'The client may not use refresh tokens.');
    const catalogue = await this.catalogue.all();
    const scopes = selectScopes(
      names?.filter((name) => name !== OFFLINE_ACCESS),
      grantableScopes(client, 'authorization_code', catalogue),
      resources,
    );
    if (scopes.length === 0)
      throw new OAuthError('invalid_scope', 'Ask for a scope of a resource as well.');
    const maxAge = parameters.get('max_age');
    return {
      ...trusted,
      scopes,
      offline,
      resources,
      codeChallenge: parameters.get('code_challenge'),
      maxAgeSeconds: maxAge === undefined ? undefined : Number(maxAge),
    };
  }
}

import { OAuthError } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { AuthConfig } from '../../../../config.js';
import { ScopeCatalogue } from '../../../identity/index.js';
import { AccessTokenIssuer, scopeText } from '../access-token.issuer.js';
import {
  grantableScopes,
  parseScope,
  requestedResources,
  selectScopes,
} from '../requested-scopes.js';
import type { TokenResponse } from '../token-response.js';
import type { Grant, GrantRequest } from './grant.js';

/** A token for the client itself (RFC 6749 section 4.4). Never a refresh token (section 4.4.3). */
@Injectable()
export class ClientCredentialsGrant implements Grant {
  readonly grantType = 'client_credentials';

  constructor(
    private readonly catalogue: ScopeCatalogue,
    private readonly issuer: AccessTokenIssuer,
    private readonly config: AuthConfig,
  ) {}

  async issue({ client, form }: GrantRequest): Promise<TokenResponse> {
    if (client.method === 'none')
      throw new OAuthError('unauthorized_client', 'A public client cannot use this grant.');
    const { app, policy, asOfMs } = client;
    const resources = requestedResources(form.resources, this.config.resourceUrls);
    const scope = form.get('scope');
    const scopes = selectScopes(
      scope === undefined ? undefined : parseScope(scope),
      grantableScopes(client, 'client_credentials', await this.catalogue.all()),
      resources,
    );
    const { token } = await this.issuer.issue({
      use: 'client',
      subject: app.id,
      tenantId: app.tenantId,
      clientId: app.id,
      scopes,
      ...(resources ? { resources } : {}),
      ttlSeconds: policy.accessTokenTtlSeconds,
      alg: policy.signingAlg,
      asOfMs,
    });
    return {
      access_token: token,
      token_type: 'Bearer',
      expires_in: policy.accessTokenTtlSeconds,
      scope: scopeText(scopes.map(({ name }) => name)),
    };
  }
}

import { LOGGER, type Logger, requestFacts } from '#libs/foundation';
import { type AccessToken, AccessTokenVerifier, TokenRefused } from '#libs/guards';
import { Inject, Injectable } from '@nestjs/common';
import { AuthConfig } from '../../../config.js';
import { ClientLookup, ScopeCatalogue } from '../../identity/index.js';
import { presentedClient } from '../client-authentication/presented-client.js';
import { formEndpoint, sendOAuthJson } from '../endpoint/form.endpoint.js';
import { TokenLimits } from '../rate-limits/token-limits.js';
import { scopeText } from '../token/access-token.issuer.js';
import { grantableScopes } from '../token/requested-scopes.js';
import { ResourceServerAuthentication } from './resource-server.authentication.js';

type Introspection = { active: false } | (Record<string, unknown> & { active: true });

/** `POST /v1/oauth/introspect` (RFC 7662), for resource servers alone; no client learns anything here. */
@Injectable()
export class IntrospectionHandler {
  readonly handle = formEndpoint(this.logger, async (form, request, response) => {
    const server = await this.servers.authenticate(
      presentedClient(request, form),
      requestFacts(request),
    );
    const headers = await this.limits.takeIntrospection(server);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    sendOAuthJson(response, await this.introspect(form.require('token'), server.resource));
  });

  constructor(
    private readonly servers: ResourceServerAuthentication,
    private readonly limits: TokenLimits,
    private readonly verifier: AccessTokenVerifier,
    private readonly clients: ClientLookup,
    private readonly catalogue: ScopeCatalogue,
    private readonly config: AuthConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** What is not valid for this resource server is inactive, whatever else it may be (RFC 7662 section 2.2). */
  private async introspect(text: string, resource: string): Promise<Introspection> {
    try {
      const token = await this.verifier.verify(text, resource);
      const scopes = await this.scopesFor(resource, await this.scopesNow(token));
      return scopes.length > 0 ? this.describe(token, scopes) : { active: false };
    } catch (error) {
      if (error instanceof TokenRefused) return { active: false };
      throw error;
    }
  }

  /** The token's scopes that its app could still be granted; none where the app is gone or suspended. */
  private async scopesNow({ use, clientId, scopes }: AccessToken): Promise<string[]> {
    if (use === 'principal' || use === 'operator') return [...scopes];
    const client = await this.clients.find(clientId ?? '');
    if (client?.policy.status !== 'active') return [];
    const grantee = use === 'user' ? 'authorization_code' : 'client_credentials';
    const grantable = grantableScopes(client, grantee, await this.catalogue.all());
    return [...scopes].filter((scope) => grantable.has(scope));
  }

  /**
   * Those that mean something to the caller: what a token may do elsewhere is none of its business (RFC 7662
   * section 4), and a scope of another resource must not be taken for one of its own (RFC 9068 section 5).
   */
  private async scopesFor(resource: string, names: readonly string[]): Promise<string[]> {
    const catalogue = await this.catalogue.all();
    const urls = this.config.resourceUrls;
    return names.filter((name) =>
      catalogue.get(name)?.resources.some((own) => urls[own] === resource),
    );
  }

  private describe(token: AccessToken, scopes: readonly string[]): Introspection {
    const [first, ...others] = token.audience;
    return {
      active: true,
      token_type: 'Bearer',
      iss: this.config.issuer,
      sub: token.subject,
      aud: others.length === 0 ? first : token.audience,
      client_id: token.clientId,
      tenant_id: token.tenantId,
      token_use: token.use,
      scope: scopeText(scopes),
      jti: token.tokenId,
      iat: token.issuedAt,
      exp: token.expiresAt,
    };
  }
}

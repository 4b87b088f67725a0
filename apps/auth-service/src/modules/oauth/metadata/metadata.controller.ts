import { GRANT_TYPES } from '#libs/entities';
import { Public } from '#libs/foundation';
import { Controller, Get, Header } from '@nestjs/common';
import { AuthConfig } from '../../../config.js';
import { ScopeCatalogue } from '../../identity/index.js';
import { assertionAlgorithms } from '../client-authentication/client-assertion.verifier.js';
import { OFFLINE_ACCESS } from '../token/requested-scopes.js';

const cache = 'public, max-age=300';

/** What this server can do, for clients that ask. It names only what works. */
@Public()
@Controller('.well-known')
export class MetadataController {
  constructor(
    private readonly config: AuthConfig,
    private readonly catalogue: ScopeCatalogue,
  ) {}

  /** RFC 8414. */
  @Get('oauth-authorization-server')
  @Header('Cache-Control', cache)
  @Header('Access-Control-Allow-Origin', '*')
  async authorizationServer(): Promise<Record<string, unknown>> {
    const { issuer } = this.config;
    const authMethods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'];
    return {
      issuer,
      authorization_endpoint: `${issuer}/v1/oauth/authorize`,
      token_endpoint: `${issuer}/v1/oauth/token`,
      revocation_endpoint: `${issuer}/v1/oauth/revoke`,
      introspection_endpoint: `${issuer}/v1/oauth/introspect`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: GRANT_TYPES,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      token_endpoint_auth_methods_supported: authMethods,
      token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
      revocation_endpoint_auth_methods_supported: authMethods,
      revocation_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
      introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      scopes_supported: [...(await this.publicScopes('auth', 'api')), OFFLINE_ACCESS],
      ui_locales_supported: ['en', 'de'],
      service_documentation: this.config.serviceDocumentation,
    };
  }

  /** RFC 9728: this server as a resource, as the bearer challenge names it. */
  @Get('oauth-protected-resource')
  @Header('Cache-Control', cache)
  @Header('Access-Control-Allow-Origin', '*')
  async protectedResource(): Promise<Record<string, unknown>> {
    const { issuer } = this.config;
    return {
      resource: issuer,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
      scopes_supported: await this.publicScopes('auth'),
    };
  }

  /** Scopes that every tenant sees and that some client can be granted. */
  private async publicScopes(...resources: ('auth' | 'api')[]): Promise<string[]> {
    return [...(await this.catalogue.all()).values()]
      .filter((scope) => scope.publishedTo === null && scope.grantableTo.length > 0)
      .filter((scope) => scope.resources.some((resource) => resources.includes(resource)))
      .map(({ name }) => name);
  }
}

import { Database, Public } from '#libs/foundation';
import { Controller, Get, Header } from '@nestjs/common';
import { GatewayConfig } from '../../config.js';
import { publishedScopes } from './published-scopes.query.js';

interface ProtectedResourceMetadata {
  resource: string;
  authorization_servers: readonly string[];
  bearer_methods_supported: readonly ['header'];
  scopes_supported: readonly string[];
}

/** Who issues tokens for this resource (RFC 9728). Only scopes that everyone may know. */
@Public()
@Controller('.well-known')
export class ProtectedResourceController {
  constructor(
    private readonly config: GatewayConfig,
    private readonly database: Database,
  ) {}

  @Get('oauth-protected-resource')
  @Header('Cache-Control', 'public, max-age=300')
  @Header('Access-Control-Allow-Origin', '*')
  async metadata(): Promise<ProtectedResourceMetadata> {
    return {
      resource: this.config.resource,
      authorization_servers: [this.config.issuer],
      bearer_methods_supported: ['header'],
      scopes_supported: await publishedScopes(this.database),
    };
  }
}

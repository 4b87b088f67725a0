import { Database, Public } from '#libs/foundation';
import { Controller, Get, Header } from '@nestjs/common';
import { GatewayConfig } from '../../config.js';

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
  async metadata(): Promise<ProtectedResourceMetadata> {
    const scopes = await this.database.query<{ name: string }>(
      `SELECT name FROM scope WHERE 'api' = ANY(resources) AND published_to IS NULL AND NOT deprecated
         AND cardinality(grantable_to) > 0 ORDER BY name`,
    );
    return {
      resource: this.config.resource,
      authorization_servers: [this.config.issuer],
      bearer_methods_supported: ['header'],
      scopes_supported: scopes.map(({ name }) => name),
    };
  }
}

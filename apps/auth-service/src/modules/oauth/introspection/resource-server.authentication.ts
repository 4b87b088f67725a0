import { Clock, Database, isOpaqueToken, type RequestFacts } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { SecretDigests } from '../../identity/index.js';
import { matchSecret } from '../client-authentication/client-secrets.verifier.js';
import { invalidClient, type PresentedClient } from '../client-authentication/presented-client.js';
import { FailedAuthentications } from '../rate-limits/failed-authentications.js';

export interface ResourceServer {
  id: string;
  /** The audience whose tokens it may ask about. */
  resource: string;
}

/** Proves which resource server asks, by the id and secret it was registered with. */
@Injectable()
export class ResourceServerAuthentication {
  constructor(
    private readonly database: Database,
    private readonly digests: SecretDigests,
    private readonly failures: FailedAuthentications,
    private readonly clock: Clock,
  ) {}

  /** @throws OAuthError invalid_client, temporarily_unavailable */
  async authenticate(presented: PresentedClient, { ip }: RequestFacts): Promise<ResourceServer> {
    if (presented.method === 'none' || presented.method === 'private_key_jwt')
      throw invalidClient();
    const { clientId, secret } = presented;
    return this.failures.attempt(clientId, ip, async () =>
      isOpaqueToken('cs', secret) ? this.find(clientId, secret) : undefined,
    );
  }

  private async find(id: string, secret: string): Promise<ResourceServer | undefined> {
    const [row] = await this.database.query<ResourceServer & { digest: Buffer }>(
      {
        name: 'find-resource-server',
        text: 'SELECT id, resource, digest FROM resource_server WHERE id = $1 AND revoked_at IS NULL',
      },
      [id],
    );
    const secrets = row ? [{ id, digest: row.digest, expiresAt: null }] : [];
    const matched = matchSecret(this.digests.digest(secret), secrets, this.clock.now());
    return row && matched !== undefined ? row : undefined;
  }
}

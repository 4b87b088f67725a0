import {
  Clock,
  Database,
  isOpaqueToken,
  LOGGER,
  type Logger,
  type RequestFacts,
  requestFacts,
} from '#libs/foundation';
import { type AccessToken, AccessTokenVerifier, RevocationFeed, TokenRefused } from '#libs/guards';
import { Inject, Injectable } from '@nestjs/common';
import { type Client, revokeToken } from '../../identity/index.js';
import { ClientAuthentication } from '../client-authentication/client-authentication.js';
import { presentedClient } from '../client-authentication/presented-client.js';
import { formEndpoint } from '../endpoint/form.endpoint.js';
import { TokenLimits } from '../rate-limits/token-limits.js';
import { Grants } from './grants.service.js';
import { digestOf } from '../../accounts/index.js';

/**
 * `POST /v1/oauth/revoke` (RFC 7009). A token that is unknown, expired or another client's is answered as one that
 * was revoked; the hint only says where to look first, and here every token tells what it is.
 */
@Injectable()
export class RevocationHandler {
  readonly handle = formEndpoint(this.logger, async (form, request, response) => {
    const facts = requestFacts(request);
    const client = await this.clients.authenticate(presentedClient(request, form), facts);
    const headers = await this.limits.takeRevocation(client, facts.ip);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const token = form.require('token');
    if (isOpaqueToken('rt', token)) await this.revokeRefreshToken(client, token, facts);
    else await this.revokeAccessToken(client.app.id, token);
    response.statusCode = 200;
    response.setHeader('Pragma', 'no-cache');
    response.setHeader('Content-Length', 0);
    response.end();
  });

  constructor(
    private readonly clients: ClientAuthentication,
    private readonly limits: TokenLimits,
    private readonly verifier: AccessTokenVerifier,
    private readonly feed: RevocationFeed,
    private readonly grants: Grants,
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  private async revokeRefreshToken(
    { app }: Client,
    token: string,
    facts: RequestFacts,
  ): Promise<void> {
    await this.database.transaction(async (transaction) => {
      const [grant] = await transaction.query<{ id: string }>(
        `SELECT oauth_grant.id FROM refresh_token JOIN oauth_grant ON oauth_grant.id = grant_id
         WHERE digest = $1 AND app_id = $2 FOR UPDATE OF oauth_grant`,
        [digestOf(token), app.id],
      );
      if (!grant) return;
      const action = 'grant.revoked';
      await this.grants.endByClient(transaction, { action, grantId: grant.id, app, facts });
    });
    await this.feed.refresh();
  }

  private async revokeAccessToken(clientId: string, text: string): Promise<void> {
    const token = await this.identify(text);
    if (token?.clientId !== clientId) return;
    const { tokenId, expiresAt } = token;
    await this.database.transaction(async (transaction) => {
      await transaction.execute(
        'UPDATE service_token SET revoked_at = $2 WHERE jti = $1 AND revoked_at IS NULL',
        [tokenId, this.clock.date()],
      );
      await revokeToken(transaction, tokenId, new Date(expiresAt * 1000));
    });
    await this.feed.refresh();
  }

  private async identify(text: string): Promise<AccessToken | undefined> {
    try {
      return await this.verifier.verify(text, undefined);
    } catch (error) {
      if (error instanceof TokenRefused) return undefined;
      throw error;
    }
  }
}

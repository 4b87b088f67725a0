import type { ClientAuthMethod } from '#libs/entities';
import { Clock, isOpaqueToken, OAuthError, type RequestFacts } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { acceptedMethods, type Client, ClientLookup, SecretDigests } from '../../identity/index.js';
import { FailedAuthentications } from '../rate-limits/failed-authentications.js';
import { UsageRecorder } from '../usage/usage-recorder.js';
import { ClientAssertions, claimedClientId } from './client-assertion.verifier.js';
import { matchSecret } from './client-secrets.verifier.js';
import type { PresentedClient } from './presented-client.js';

export interface AuthenticatedClient extends Client {
  method: ClientAuthMethod;
}

/**
 * Proves which client asks. Every failure gets the same answer, and every wrong secret costs the same work (one
 * look-up, one digest, the same comparisons). The signature of an assertion is checked where the client has keys: its
 * time may tell that a client_id exists, which is no secret, and invented ones cost no check.
 */
@Injectable()
export class ClientAuthentication {
  constructor(
    private readonly clients: ClientLookup,
    private readonly assertions: ClientAssertions,
    private readonly failures: FailedAuthentications,
    private readonly usage: UsageRecorder,
    private readonly digests: SecretDigests,
    private readonly clock: Clock,
  ) {}

  /** @throws OAuthError invalid_client, unauthorized_client, temporarily_unavailable */
  async authenticate(
    presented: PresentedClient,
    facts: RequestFacts,
  ): Promise<AuthenticatedClient> {
    const client = await this.failures.attempt(nameOf(presented), facts.ip, () =>
      this.prove(presented),
    );
    assertUsable(client);
    return { ...client, method: presented.method };
  }

  private async prove(presented: PresentedClient): Promise<Client | undefined> {
    switch (presented.method) {
      case 'client_secret_basic':
      case 'client_secret_post':
        return this.proveBySecret(presented.method, presented.clientId, presented.secret);
      case 'none': {
        const client = await this.clients.find(presented.clientId);
        return client?.app.tokenEndpointAuthMethod === 'none' ? client : undefined;
      }
      case 'private_key_jwt': {
        const client = await this.clients.find(nameOf(presented));
        const proved = client && (await this.assertions.proves(client, presented.assertion));
        return proved ? client : undefined;
      }
    }
  }

  private async proveBySecret(
    method: 'client_secret_basic' | 'client_secret_post',
    clientId: string,
    secret: string,
  ): Promise<Client | undefined> {
    // What was never one of our secrets is not worth a look-up, whoever is named.
    if (!isOpaqueToken('cs', secret)) return undefined;
    const client = await this.clients.find(clientId);
    const digest = this.digests.digest(secret);
    const secretId = matchSecret(digest, client?.secrets ?? [], this.clock.now());
    if (!client || secretId === undefined) return undefined;
    if (!acceptedMethods(client.app.tokenEndpointAuthMethod).includes(method)) return undefined;
    this.usage.secretUsed(secretId);
    return client;
  }
}

/** An assertion names its client itself; a client_id beside it must agree (RFC 7521 section 4.2). */
function nameOf(presented: PresentedClient): string {
  if (presented.method !== 'private_key_jwt') return presented.clientId;
  const claimed = claimedClientId(presented.assertion) ?? '';
  return presented.clientId === undefined || presented.clientId === claimed ? claimed : '';
}

/** What is told only to a client that has proved itself. */
function assertUsable({ policy }: Client): void {
  if (policy.status !== 'active')
    throw new OAuthError('unauthorized_client', 'The client is suspended.');
}

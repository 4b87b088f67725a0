import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type FormParameters,
  type Logger,
  LOGGER,
  OAuthError,
  requestFacts,
} from '#libs/foundation';
import { Inject, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ClientAuthentication } from '../client-authentication/client-authentication.js';
import {
  assertAllowedByPolicy,
  assertGrantAllowed,
} from '../client-authentication/client-policy.js';
import { presentedClient } from '../client-authentication/presented-client.js';
import { formEndpoint, sendOAuthJson } from '../endpoint/form.endpoint.js';
import { TokenLimits } from '../rate-limits/token-limits.js';
import { grantTypes } from './grants/grant-registry.js';
import type { Grant } from './grants/grant.js';
import { TokenMetrics } from './token-metrics.js';
import type { TokenResponse } from './token-response.js';

/** `POST /v1/oauth/token` (RFC 6749 section 3.2), in front of the Express router (ADR 4). */
@Injectable()
export class TokenHandler {
  readonly handle = formEndpoint(this.logger, async (form, request, response) =>
    sendOAuthJson(response, await this.issue(form, request, response)),
  );
  private readonly grants: ReadonlyMap<string, Grant>;

  constructor(
    private readonly clients: ClientAuthentication,
    private readonly limits: TokenLimits,
    private readonly metrics: TokenMetrics,
    modules: ModuleRef,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.grants = new Map(
      grantTypes.map((type) => {
        const grant = modules.get<Grant>(type, { strict: false });
        return [grant.grantType, grant];
      }),
    );
  }

  private async issue(
    form: FormParameters,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<TokenResponse> {
    const facts = requestFacts(request);
    const client = await this.clients.authenticate(presentedClient(request, form), facts);
    const headers = await this.limits.take(client, facts.ip);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const grant = this.grantOf(form);
    assertGrantAllowed(client, grant.grantType);
    assertAllowedByPolicy(client, facts.ip);
    const answer = await grant.issue({ client, form, facts });
    await this.limits.issued(client);
    this.metrics.issued.inc({ grant_type: grant.grantType });
    return answer;
  }

  private grantOf(form: FormParameters): Grant {
    const grant = this.grants.get(form.require('grant_type'));
    if (!grant) throw new OAuthError('unsupported_grant_type', 'The grant type is not supported.');
    return grant;
  }
}

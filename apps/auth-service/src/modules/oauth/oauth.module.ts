import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/index.js';
import { IdentityModule } from '../identity/index.js';
import { JwksModule } from '../jwks/index.js';
import { AuthorizeDecision } from './authorize/authorize.decision.js';
import { AuthorizePages } from './authorize/authorize.pages.js';
import { AuthorizeRequests } from './authorize/authorize-requests.service.js';
import { Codes } from './authorize/codes.service.js';
import { PendingRequests } from './authorize/pending-requests.js';
import { ClientAssertions } from './client-authentication/client-assertion.verifier.js';
import { ClientAuthentication } from './client-authentication/client-authentication.js';
import { AccountAppsPages } from './consent/account-apps.pages.js';
import { ConsentPages } from './consent/consent.pages.js';
import { Consents } from './consent/consents.service.js';
import { IntrospectionHandler } from './introspection/introspection.handler.js';
import { ResourceServerAuthentication } from './introspection/resource-server.authentication.js';
import { ResourceServersController } from './introspection/resource-servers.controller.js';
import { ResourceServers } from './introspection/resource-servers.service.js';
import { MetadataController } from './metadata/metadata.controller.js';
import { FailedAuthentications } from './rate-limits/failed-authentications.js';
import { TokenLimits } from './rate-limits/token-limits.js';
import { TokenQuotas } from './rate-limits/token-quotas.js';
import { Grants } from './revocation/grants.service.js';
import { LeakedRefreshTokens } from './revocation/leaked-refresh-tokens.js';
import { RevocationHandler } from './revocation/revocation.handler.js';
import { ServiceTokensController } from './service-tokens/service-tokens.controller.js';
import { ServiceTokens } from './service-tokens/service-tokens.service.js';
import { AccessTokenIssuer } from './token/access-token.issuer.js';
import { grantTypes } from './token/grants/grant-registry.js';
import { TokenHandler } from './token/token.handler.js';
import { TokenMetrics } from './token/token-metrics.js';
import { UserTokens } from './token/user-tokens.service.js';
import { OAuthHousekeeping } from './usage/housekeeping.job.js';
import { UsageRecorder } from './usage/usage-recorder.js';

@Module({
  imports: [AccountsModule, IdentityModule, JwksModule],
  controllers: [MetadataController, ResourceServersController, ServiceTokensController],
  providers: [
    FailedAuthentications,
    AccessTokenIssuer,
    AccountAppsPages,
    AuthorizeDecision,
    AuthorizePages,
    AuthorizeRequests,
    Codes,
    ConsentPages,
    Consents,
    PendingRequests,
    UserTokens,
    ClientAssertions,
    ClientAuthentication,
    Grants,
    LeakedRefreshTokens,
    ServiceTokens,
    ...grantTypes,
    IntrospectionHandler,
    ResourceServerAuthentication,
    ResourceServers,
    RevocationHandler,
    TokenHandler,
    TokenLimits,
    TokenMetrics,
    TokenQuotas,
    OAuthHousekeeping,
    UsageRecorder,
  ],
  exports: [AccessTokenIssuer],
})
export class OAuthModule {}

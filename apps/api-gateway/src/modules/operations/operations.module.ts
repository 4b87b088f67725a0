import { EventPublisher } from '#libs/events';
import { TrustedOriginClient } from '#libs/foundation';
import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { IncidentMutationsResolver } from './incidents/incident-mutations.resolver.js';
import { IncidentQueriesResolver } from './incidents/incident-queries.resolver.js';
import { IncidentsService } from './incidents/incidents.service.js';
import { gatewayDirectives } from './schema/directives.js';
import { GatewaySchemaDriver, type GatewaySchemaOptions } from './schema/gateway-schema.driver.js';
import { ViewerResolver } from './viewer/viewer.resolver.js';
import { AuthRestClient } from './webhooks/auth-rest.client.js';
import { WebhookMutationsResolver } from './webhooks/webhook-mutations.resolver.js';
import { WebhookQueriesResolver } from './webhooks/webhook-queries.resolver.js';

const rootResolvers = [
  ViewerResolver,
  IncidentQueriesResolver,
  IncidentMutationsResolver,
  WebhookQueriesResolver,
  WebhookMutationsResolver,
];

/** The gateway's own schema, code first. */
@Module({
  imports: [
    GraphQLModule.forRoot<GatewaySchemaOptions>({
      driver: GatewaySchemaDriver,
      autoSchemaFile: true,
      path: '',
      rootResolvers,
      buildSchemaOptions: {
        directives: gatewayDirectives,
        numberScalarMode: 'integer',
        noDuplicatedFields: true,
      },
    }),
  ],
  providers: [
    ...rootResolvers,
    AuthRestClient,
    EventPublisher,
    IncidentsService,
    TrustedOriginClient,
  ],
  exports: [GraphQLModule, TrustedOriginClient],
})
export class OperationsModule implements OnApplicationShutdown {
  constructor(private readonly client: TrustedOriginClient) {}

  async onApplicationShutdown(): Promise<void> {
    await this.client.close();
  }
}

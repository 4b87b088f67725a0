import { Module } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { gatewayDirectives } from './schema/directives.js';
import { GatewaySchemaDriver, type GatewaySchemaOptions } from './schema/gateway-schema.driver.js';
import { ViewerResolver } from './viewer/viewer.resolver.js';

const rootResolvers = [ViewerResolver];

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
  providers: [...rootResolvers],
  exports: [GraphQLModule],
})
export class OperationsModule {}

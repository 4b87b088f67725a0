// The gateway's own code-first schema, out of its build, with incidents from memory instead of PostgreSQL.
import 'reflect-metadata';
import { IncidentQueriesResolver } from '../../dist/apps/api-gateway/src/modules/operations/incidents/incident-queries.resolver.js';
import { incidents } from './graphql-data.mjs';

IncidentQueriesResolver.prototype.incidents = async () => incidents;

/** For the contenders that are not the gateway: the schema without anything behind it. */
export async function buildSchema() {
  const { Module, Global } = await import('@nestjs/common');
  const { NestFactory } = await import('@nestjs/core');
  const { GraphQLSchemaHost } = await import('@nestjs/graphql');
  const { Clock, Database, Ids } = await import('#libs/foundation');
  const { GatewayConfig } = await import('../../dist/apps/api-gateway/src/config.js');
  const { OperationsModule } =
    await import('../../dist/apps/api-gateway/src/modules/operations/index.js');
  const tokens = [GatewayConfig, Database, Clock, Ids];
  class Surroundings {}
  Module({
    imports: [OperationsModule],
    providers: tokens.map((provide) => ({ provide, useValue: {} })),
    exports: tokens,
  })(Surroundings);
  Global()(Surroundings);
  const context = await NestFactory.createApplicationContext(Surroundings, { logger: false });
  return context.get(GraphQLSchemaHost, { strict: false }).schema;
}

/** Tells the parent where the server listens. */
export function announce(port) {
  process.send?.({ ports: { public: port } });
  process.once('SIGTERM', () => process.exit(0));
  process.once('disconnect', () => process.exit(0));
}

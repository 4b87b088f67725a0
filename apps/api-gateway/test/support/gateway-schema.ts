import { Clock, Database, Ids } from '#libs/foundation';
import { FixedClock } from '#libs/testing';
import { Global, Module } from '@nestjs/common';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { Test } from '@nestjs/testing';
import type { GraphQLSchema } from 'graphql';
import { GatewayConfig } from '../../src/config.js';
import { OperationsModule } from '../../src/modules/operations/index.js';

const clock = new FixedClock();

/** What resolvers would use, and a test of the schema alone does not. */
@Global()
@Module({
  providers: [
    { provide: GatewayConfig, useValue: {} },
    { provide: Database, useValue: {} },
    { provide: Clock, useValue: clock },
    { provide: Ids, useValue: new Ids(clock) },
  ],
  exports: [GatewayConfig, Database, Clock, Ids],
})
class Surroundings {}

/** The code-first schema without a database behind it. */
export async function codeFirstSchema(): Promise<GraphQLSchema> {
  const module = await Test.createTestingModule({
    imports: [Surroundings, OperationsModule],
  }).compile();
  await module.init();
  const { schema } = module.get(GraphQLSchemaHost);
  await module.close();
  return schema;
}

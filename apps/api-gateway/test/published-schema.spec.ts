import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { GATEWAY_SCHEMA_FILE, packageRoot } from '#libs/operations';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { Test } from '@nestjs/testing';
import { OperationsModule, printGatewaySchema } from '../src/modules/operations/index.js';

const file = path.join(packageRoot(), GATEWAY_SCHEMA_FILE);

/** `UPDATE_SCHEMA=1 npx jest apps/api-gateway/test/published-schema` writes the file again. */
it('[G26] the committed schema is the one of the code', async () => {
  const module = await Test.createTestingModule({ imports: [OperationsModule] }).compile();
  await module.init();
  const printed = printGatewaySchema(module.get(GraphQLSchemaHost).schema);
  await module.close();
  if (process.env['UPDATE_SCHEMA']) writeFileSync(file, printed);
  expect(readFileSync(file, 'utf8')).toBe(printed);
});

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { GATEWAY_SCHEMA_FILE, packageRoot } from '#libs/operations';
import { isIntrospectionType, isObjectType } from 'graphql';
import { printGatewaySchema } from '../src/modules/operations/index.js';
import { codeFirstSchema } from './support/gateway-schema.js';

const file = path.join(packageRoot(), GATEWAY_SCHEMA_FILE);

/** `UPDATE_SCHEMA=1 npx jest apps/api-gateway/test/published-schema` writes the file again. */
it('[G26] the committed schema is the one of the code', async () => {
  const printed = printGatewaySchema(await codeFirstSchema());
  if (process.env['UPDATE_SCHEMA']) writeFileSync(file, printed);
  expect(readFileSync(file, 'utf8')).toBe(printed);
});

it('has a function only on the fields that compute something', async () => {
  const schema = await codeFirstSchema();
  const known: unknown[] = [schema.getQueryType(), schema.getMutationType()];
  const computed = Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) && !isIntrospectionType(type) && !known.includes(type)
      ? Object.values(type.getFields()).flatMap(({ name, resolve }) =>
          resolve ? [`${type.name}.${name}`] : [],
        )
      : [],
  );
  expect(computed.sort()).toEqual(['Incident.timeline', 'Webhook.deliveries']);
});

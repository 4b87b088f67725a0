import { readFileSync } from 'node:fs';
import path from 'node:path';
import { GraphQLSchema, buildSchema } from 'graphql';
import { packageRoot } from '../bundle-file/package-root.js';
import { sha256Hex } from '../text/hashes.js';

/** The gateway's schema as the approval gate knows it. */
export interface PublishedSchema {
  schema: GraphQLSchema;
  /** SHA-256 of the text: which schema a version was approved against. */
  hash: string;
}

export const GATEWAY_SCHEMA_FILE = 'schema/gateway.graphql';

/** Reads the committed SDL of the gateway's code-first schema; a test of the gateway keeps the two equal. */
export function gatewaySchema(): PublishedSchema {
  const text = readFileSync(path.join(packageRoot(), GATEWAY_SCHEMA_FILE), 'utf8');
  return { schema: buildSchema(text), hash: sha256Hex(text) };
}

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { GraphQLSchema, buildSchema } from 'graphql';
import { packageRoot } from '../bundle-file/package-root.js';
import { GATEWAY_DIRECTIVES_SDL } from './directives.js';
import { sha256Hex } from '../text/hashes.js';

/** The gateway's schema as the approval gate knows it. */
export interface PublishedSchema {
  schema: GraphQLSchema;
  /** SHA-256 of the text: which schema a version was approved against. */
  hash: string;
}

export const GATEWAY_SCHEMA_FILE = 'schema/gateway.graphql';

/**
 * The schema of an upstream from its registered SDL; it may use the gateway's field directives without defining them.
 * @throws Error where the text is no schema
 */
export function upstreamSchema(sdl: string): GraphQLSchema {
  return buildSchema(sdl.includes('directive @requiresScope') ? sdl : GATEWAY_DIRECTIVES_SDL + sdl);
}

/** Reads the committed SDL of the gateway's code-first schema; a test of the gateway keeps the two equal. */
export function gatewaySchema(): PublishedSchema {
  const text = readFileSync(path.join(packageRoot(), GATEWAY_SCHEMA_FILE), 'utf8');
  return { schema: buildSchema(text), hash: sha256Hex(text) };
}

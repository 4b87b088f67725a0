import type { GraphQLSchema } from 'graphql';

/** A registered system behind the gateway, ready to be asked. */
export interface Upstream {
  id: string;
  name: string;
  kind: 'graphql' | 'http';
  /** No slash at the end. */
  baseUrl: string;
  schema: GraphQLSchema;
  /** The service's own bearer token; never the caller's. */
  credential: string | undefined;
  headerAllowList: readonly string[];
  allowCidrs: readonly string[];
  timeoutMs: number;
  maxResponseBytes: number;
  breakerFailures: number;
  breakerOpenMs: number;
}

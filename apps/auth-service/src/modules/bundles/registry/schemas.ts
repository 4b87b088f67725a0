import { Database, type Sql } from '#libs/foundation';
import { gatewaySchema, type PublishedSchema, upstreamSchema } from '#libs/operations';
import { Injectable } from '@nestjs/common';
import type { GraphQLSchema } from 'graphql';

/** What an operation is validated against: the gateway's own schema, or that of the upstream it runs at. */
export interface SchemaSet {
  gateway: PublishedSchema;
  upstreamIds: ReadonlyMap<string, string>;
  /** By upstream name; undefined means the gateway. */
  find: (upstream: string | undefined) => GraphQLSchema | undefined;
}

@Injectable()
export class Schemas {
  constructor(private readonly database: Database) {}

  async load(sql: Sql = this.database): Promise<SchemaSet> {
    const gateway = gatewaySchema();
    const rows = await sql.query<{ id: string; name: string; schema_sdl: string }>(
      'SELECT id, name, schema_sdl FROM upstream',
    );
    const upstreams = new Map(rows.map((row) => [row.name, upstreamSchema(row.schema_sdl)]));
    return {
      gateway,
      upstreamIds: new Map(rows.map(({ name, id }) => [name, id])),
      find: (upstream) => (upstream === undefined ? gateway.schema : upstreams.get(upstream)),
    };
  }
}

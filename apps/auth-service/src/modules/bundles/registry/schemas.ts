import { Database, type Sql } from '#libs/foundation';
import {
  type ExecutionTarget,
  gatewaySchema,
  type PublishedSchema,
  upstreamSchema,
} from '#libs/operations';
import { Injectable } from '@nestjs/common';

/** What an operation is validated against: the gateway's own schema, or that of the upstream it runs at. */
export interface SchemaSet {
  gateway: PublishedSchema;
  upstreamIds: ReadonlyMap<string, string>;
  /** By upstream name; undefined means the gateway. */
  find: (upstream: string | undefined) => ExecutionTarget | undefined;
}

interface UpstreamSchemaRow {
  id: string;
  name: string;
  kind: 'graphql' | 'http';
  schema_sdl: string;
}

@Injectable()
export class Schemas {
  constructor(private readonly database: Database) {}

  async load(sql: Sql = this.database): Promise<SchemaSet> {
    const gateway = gatewaySchema();
    const rows = await sql.query<UpstreamSchemaRow>(
      'SELECT id, name, kind, schema_sdl FROM upstream',
    );
    const local: ExecutionTarget = { kind: 'local', schema: gateway.schema };
    const upstreams = new Map(
      rows.map(({ name, kind, schema_sdl: sdl }): [string, ExecutionTarget] => [
        name,
        { kind, schema: upstreamSchema(sdl) },
      ]),
    );
    return {
      gateway,
      upstreamIds: new Map(rows.map(({ name, id }) => [name, id])),
      find: (upstream) => (upstream === undefined ? local : upstreams.get(upstream)),
    };
  }
}

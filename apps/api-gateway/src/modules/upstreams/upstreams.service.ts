import { Clock, LOGGER, type Logger, type Sql } from '#libs/foundation';
import type { HttpMapping } from '#libs/operations';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { GatewayConfig } from '../../config.js';
import type { ExecutableOperation } from '../execution/index.js';
import { prepareUpstream } from './upstream.executor.js';
import { UpstreamClient } from './upstream-client.js';
import { readUpstreams } from './upstream.query.js';
import type { Upstream } from './upstream.js';

/** An upstream that is in use, with the state of its row that it was made of. */
export interface OpenUpstream {
  stamp: string;
  schema: GraphQLSchema;
  prepare(document: DocumentNode, mapping: HttpMapping | undefined): ExecutableOperation;
}

interface Entry extends OpenUpstream {
  client: UpstreamClient;
}

/** The registered upstreams, each with its own connections and its own breaker. */
@Injectable()
export class Upstreams implements BeforeApplicationShutdown {
  private entries = new Map<string, Entry>();
  /** States that were found unusable and said so. */
  private readonly unusable = new Set<string>();

  constructor(
    private readonly config: GatewayConfig,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Reads the registry; what has not changed keeps its connections. */
  async refresh(sql: Sql): Promise<void> {
    const rows = await readUpstreams(sql, this.config.secretBox);
    const entries = new Map<string, Entry>();
    for (const [id, { stamp, open }] of rows) {
      const known = this.entries.get(id);
      const entry = known?.stamp === stamp ? known : this.open(id, stamp, open);
      if (entry) entries.set(id, entry);
    }
    const gone = [...this.entries.values()].filter(({ client }) =>
      [...entries.values()].every((entry) => entry.client !== client),
    );
    this.entries = entries;
    // Requests under way may end; nobody waits for them here.
    for (const { client } of gone) void client.close();
  }

  find(id: string): OpenUpstream | undefined {
    return this.entries.get(id);
  }

  /** How many are left alone for a while. */
  get openBreakers(): number {
    return [...this.entries.values()].filter(({ client }) => client.isBreakerOpen).length;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([...this.entries.values()].map(({ client }) => client.close()));
  }

  /** Undefined for one that cannot be used: its operations do not run, and all others do. */
  private open(id: string, stamp: string, read: () => Upstream): Entry | undefined {
    if (this.unusable.has(stamp)) return undefined;
    try {
      const upstream = read();
      const client = new UpstreamClient(upstream, this.clock, this.config.egressDnsServers);
      return {
        stamp,
        client,
        schema: upstream.schema,
        prepare: (document, mapping) => prepareUpstream(upstream, client, document, mapping),
      };
    } catch (error) {
      this.unusable.add(stamp);
      this.logger.error({ err: error, upstream: id }, 'upstream cannot be used');
      return undefined;
    }
  }
}

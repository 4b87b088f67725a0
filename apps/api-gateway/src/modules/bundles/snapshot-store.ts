import { Clock, Database, LOGGER, type Logger, Notifications, type Sql } from '#libs/foundation';
import type { IndexedOperation } from '#libs/operations';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { GatewayConfig } from '../../config.js';
import { ApolloExecutor, CompiledExecutor, type OperationExecutor } from '../execution/index.js';
import { compileHoldings } from './compile-holdings.js';
import { Upstreams } from '../upstreams/index.js';
import {
  BrokenOperation,
  compileOperation,
  lifecycleHeaders,
  type Target,
} from './compile-operation.js';
import { type OperationRow, readGrants, readOperations } from './snapshot-query.js';
import { Snapshot, type SnapshotOperation } from './snapshot.js';

export const BUNDLES_CHANNEL = 'bundles';

const pollIntervalMs = 2_000;

/** A read that takes longer is given up with its connection; the next poll takes another. */
const readMs = 5_000;

/**
 * The live snapshot: read at start, at each notice and every two seconds, so that a revocation is felt within five.
 * While the database is away the last good one serves; grants end at their time all the same.
 */
@Injectable()
export class SnapshotStore implements BeforeApplicationShutdown {
  private readonly sql: Sql;
  private snapshot = Snapshot.empty;
  private freshAtMs = Number.NEGATIVE_INFINITY;
  /** Compiled operations by id and state of their upstream: none is compiled twice. */
  private compiled = new Map<string, IndexedOperation<SnapshotOperation>>();
  private broken = new Set<string>();
  private executor: OperationExecutor | undefined;
  private timer: NodeJS.Timeout | undefined;
  private unsubscribe: (() => void) | undefined;
  private refreshing: Promise<void> | undefined;
  private again = false;

  constructor(
    private readonly config: GatewayConfig,
    private readonly schemaHost: GraphQLSchemaHost,
    private readonly upstreams: Upstreams,
    database: Database,
    private readonly notifications: Notifications,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.sql = database.within(readMs);
  }

  get current(): Snapshot {
    return this.snapshot;
  }

  /** Milliseconds since the last successful read; past five minutes the process is not ready. */
  ageMs(): number {
    return this.clock.now() - this.freshAtMs;
  }

  /** Operations that are approved but cannot run on this schema. */
  get brokenOperations(): number {
    return this.broken.size;
  }

  /** Operations that can run. */
  get operations(): number {
    return this.compiled.size;
  }

  async start(): Promise<void> {
    const { schema } = this.schemaHost;
    this.executor =
      this.config.executor === 'apollo'
        ? await ApolloExecutor.start(schema, this.logger)
        : new CompiledExecutor(schema);
    await this.load();
    this.unsubscribe = await this.notifications.subscribe(
      BUNDLES_CHANNEL,
      () => void this.refresh(),
    );
    this.timer = setInterval(() => void this.refresh(), pollIntervalMs);
    this.timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.unsubscribe?.();
    await this.refreshing;
    await this.executor?.close();
  }

  /** Reads again. Calls during a read are folded into one that follows it. */
  async refresh(): Promise<void> {
    if (this.refreshing) {
      this.again = true;
      return this.refreshing;
    }
    this.refreshing = this.load()
      .catch((error: unknown) => this.logger.warn({ err: error }, 'cannot read the bundles'))
      .finally(() => {
        this.refreshing = undefined;
        if (!this.again) return;
        this.again = false;
        void this.refresh();
      });
    return this.refreshing;
  }

  private async load(): Promise<void> {
    const startedAtMs = this.clock.now();
    await this.upstreams.refresh(this.sql);
    const rows = await readOperations(this.sql);
    const grants = await readGrants(this.sql, this.clock.date());
    const compiled = new Map(
      rows.flatMap((row) => {
        const key = this.keyOf(row);
        const operation = this.compiled.get(key) ?? this.compile(key, row);
        return operation
          ? [[key, { ...operation, value: withLifecycle(operation.value, row) }]]
          : [];
      }),
    );
    this.compiled = compiled;
    this.snapshot = new Snapshot([...compiled.values()], compileHoldings(grants));
    this.freshAtMs = startedAtMs;
  }

  private keyOf({ id, upstream_id }: OperationRow): string {
    return upstream_id === null ? id : `${id} ${this.upstreams.find(upstream_id)?.stamp ?? ''}`;
  }

  private compile(key: string, row: OperationRow): IndexedOperation<SnapshotOperation> | undefined {
    if (this.broken.has(key)) return undefined;
    try {
      return compileOperation(row, this.targetOf(row));
    } catch (error) {
      this.broken.add(key);
      const findings = error instanceof BrokenOperation ? error.findings : [];
      const operation = `${row.bundle}@${row.version}/${row.operation_name}`;
      this.logger.error({ err: error, operation, findings }, 'approved operation cannot run');
      return undefined;
    }
  }

  private targetOf({ upstream_id, mapping }: OperationRow): Target {
    const { executor } = this;
    if (!executor) throw new Error('the store has not started');
    if (upstream_id === null) {
      return { schema: this.schemaHost.schema, prepare: (document) => executor.prepare(document) };
    }
    const upstream = this.upstreams.find(upstream_id);
    if (!upstream) throw new Error('the upstream is not registered');
    const { schema } = upstream;
    return { schema, prepare: (document) => upstream.prepare(document, mapping ?? undefined) };
  }
}

function withLifecycle(value: SnapshotOperation, row: OperationRow): SnapshotOperation {
  return { ...value, headers: lifecycleHeaders(row) };
}

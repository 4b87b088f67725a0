import pg from 'pg';
import type { Logger } from '../logging/logger.js';

type Handler = (payload: string) => void;

const firstRetryMs = 100;
const lastRetryMs = 5_000;

/**
 * LISTEN on a connection of its own, reconnected for as long as the process lives. A notice may be missed while
 * the connection is down, so handlers also run, with an empty payload, after each (re)connection: treat a
 * notice as "look again", never as data.
 */
export class Notifications {
  private readonly handlers = new Map<string, Set<Handler>>();
  private client: pg.Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly databaseUrl: string,
    private readonly logger: Logger,
  ) {}

  /** Calls `handler` for each notice on the channel. @returns a function that ends the subscription */
  async subscribe(channel: string, handler: Handler): Promise<() => void> {
    const handlers = this.handlers.get(channel) ?? new Set();
    this.handlers.set(channel, handlers.add(handler));
    if (this.client) await this.client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    else await this.connect(firstRetryMs);
    return () => handlers.delete(handler);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    await this.client?.end();
    this.client = undefined;
  }

  private async connect(retryMs: number): Promise<void> {
    const client = new pg.Client({
      connectionString: this.databaseUrl,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: 10_000,
      query_timeout: 10_000,
      application_name: 'knogin-listen',
    });
    client.on('notification', ({ channel, payload }) => this.dispatch(channel, payload ?? ''));
    client.on('error', (error) =>
      this.logger.warn({ err: error }, 'notification connection failed'),
    );
    client.once('end', () => this.reconnect(client, firstRetryMs));
    try {
      await client.connect();
      for (const channel of this.handlers.keys())
        await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
      this.client = client;
      for (const channel of this.handlers.keys()) this.dispatch(channel, '');
    } catch (error) {
      this.logger.warn({ err: error }, 'cannot listen for notifications');
      client.removeAllListeners('end');
      void client.end().catch(() => undefined);
      this.reconnect(client, Math.min(retryMs * 2, lastRetryMs));
    }
  }

  private reconnect(ended: pg.Client, retryMs: number): void {
    if (this.client === ended) this.client = undefined;
    if (this.closed || this.client) return;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => void this.connect(retryMs), retryMs);
    this.retry.unref();
  }

  private dispatch(channel: string, payload: string): void {
    for (const handler of this.handlers.get(channel) ?? []) handler(payload);
  }
}

import { EgressClient, EgressPolicy, type SendResult } from '#libs/egress';
import type { Clock } from '#libs/foundation';
import { ExecutionError, type OperationContext } from '../execution/index.js';
import { UpstreamBreaker } from './upstream-breaker.js';
import type { Upstream } from './upstream.js';

export interface UpstreamRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Appended to the base URL; already encoded. */
  path: string;
  body: Buffer | undefined;
}

export interface UpstreamAnswer {
  status: number;
  text: string;
}

const CONNECT_TIMEOUT_MS = 1_000;

/**
 * Requests to one upstream: guarded connections, no redirects, bounded time and size, headers made here alone. Nothing
 * of the caller's request goes along but the tenant of his token.
 */
export class UpstreamClient {
  private readonly egress: EgressClient;
  private readonly breaker: UpstreamBreaker;

  constructor(
    private readonly upstream: Upstream,
    clock: Clock,
    dnsServers: readonly string[],
  ) {
    const { timeoutMs, maxResponseBytes } = upstream;
    this.egress = new EgressClient({
      policy: new EgressPolicy({
        allowHttp: upstream.baseUrl.startsWith('http:'),
        allowCidrs: upstream.allowCidrs,
      }),
      clock,
      dnsServers,
      limits: {
        connectTimeoutMs: Math.min(CONNECT_TIMEOUT_MS, timeoutMs),
        totalTimeoutMs: timeoutMs,
        readBytes: maxResponseBytes,
        keptBytes: maxResponseBytes,
      },
    });
    const terms = { failures: upstream.breakerFailures, openMs: upstream.breakerOpenMs };
    this.breaker = new UpstreamBreaker(terms, clock);
  }

  get isBreakerOpen(): boolean {
    return this.breaker.isOpen;
  }

  /** @throws ExecutionError UPSTREAM_ERROR, TIMEOUT; nothing of what the upstream said */
  async send(context: OperationContext, request: UpstreamRequest): Promise<UpstreamAnswer> {
    const { tenantId } = context;
    if (!this.breaker.admit(tenantId)) throw new ExecutionError('UPSTREAM_ERROR');
    let result: SendResult;
    try {
      result = await context.deadline.bound(
        this.egress.send({
          method: request.method,
          url: this.upstream.baseUrl + request.path,
          headers: this.headers(context, request.body !== undefined),
          body: request.body ?? Buffer.alloc(0),
          // Sockets of his own: a tenant with slow requests makes no other wait.
          poolKey: tenantId,
        }),
      );
    } catch (error) {
      if (error instanceof ExecutionError) this.breaker.timedOut(tenantId);
      throw error;
    }
    this.breaker.report(tenantId, result);
    if (result.outcome === 'failed') {
      const isSlow = result.error === 'timeout' || result.error === 'connect_timeout';
      throw new ExecutionError(isSlow ? 'TIMEOUT' : 'UPSTREAM_ERROR', { cause: result.code });
    }
    const { status, body } = result.response;
    if (status >= 500) throw new ExecutionError('UPSTREAM_ERROR');
    return { status, text: body };
  }

  async close(): Promise<void> {
    await this.egress.close();
  }

  private headers(context: OperationContext, hasBody: boolean): Record<string, string> {
    const { credential, headerAllowList } = this.upstream;
    const own = { 'x-tenant-id': context.tenantId, 'x-request-id': context.requestId };
    return {
      accept: 'application/json',
      'user-agent': 'Knogin-Gateway/1.0',
      ...(hasBody && { 'content-type': 'application/json' }),
      ...(credential !== undefined && { authorization: `Bearer ${credential}` }),
      ...Object.fromEntries(Object.entries(own).filter(([name]) => headerAllowList.includes(name))),
    };
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { isDatabaseAway, LOGGER, type Logger, requestFacts, writeAnswer } from '#libs/foundation';
import { Inject, Injectable } from '@nestjs/common';
import { type GatewayErrorCode, gatewayErrors } from './error-codes.js';
import { Exchange, type Step } from './exchange.js';
import { describeFailure } from './describe-failure.js';
import { OperationLimits } from './operation-limits.js';
import { Pipeline } from './pipeline.js';
import { refusalBody, type Refusal } from './refusal.js';
import { TransportMetrics } from './transport-metrics.js';

/** Refusals that count against a caller's bucket: what he could have known, or tries to find out. */
const REJECTIONS: ReadonlySet<GatewayErrorCode> = new Set<GatewayErrorCode>([
  'BAD_REQUEST',
  'GRAPHQL_PARSE_FAILED',
  'OPERATION_NOT_APPROVED',
  'INSUFFICIENT_SCOPE',
  'BAD_USER_INPUT',
]);

/** `/graphql`: runs the steps until one refuses, then writes the answer. */
@Injectable()
export class GraphQLHandler {
  private readonly steps: readonly Step[];

  constructor(
    pipeline: Pipeline,
    private readonly limits: OperationLimits,
    private readonly metrics: TransportMetrics,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.steps = pipeline.steps;
  }

  async post(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = new Exchange(request, requestFacts(request));
    try {
      const refused = await this.run(exchange);
      if (refused) await this.refuse(exchange, response, refused);
      else this.answer(exchange, response);
    } catch (error) {
      this.logger.error(
        { request_id: exchange.facts.id, ...describeFailure(error) },
        'step failed',
      );
      await this.refuse(exchange, response, {
        code: isDatabaseAway(error) ? 'TEMPORARILY_UNAVAILABLE' : 'INTERNAL',
      });
    }
  }

  /** Says which methods exist and nothing else: no CORS. */
  options(response: ServerResponse): void {
    response.writeHead(204, { Allow: 'POST, OPTIONS' }).end();
  }

  private async run(exchange: Exchange): Promise<Refusal | undefined> {
    for (const step of this.steps) {
      const outcome = step.run(exchange);
      const settled = outcome instanceof Promise ? await outcome : outcome;
      if (settled === 'answered') return undefined;
      if (settled) return settled;
    }
    return undefined;
  }

  private answer(exchange: Exchange, response: ServerResponse): void {
    const { answer, operation } = exchange;
    if (!answer) throw new Error('no step answered');
    send(exchange, response, answer.status, answer.text);
    this.metrics.executed(operation.label, outcomeOf(exchange), secondsSince(exchange));
  }

  private async refuse(
    exchange: Exchange,
    response: ServerResponse,
    refused: Refusal,
  ): Promise<void> {
    if (REJECTIONS.has(refused.code)) await this.limits.reject(exchange);
    const [status] = gatewayErrors[refused.code];
    const text = refusalBody(refused, exchange.facts.id);
    if (refused.headers) exchange.addHeaders(refused.headers);
    send(exchange, response, status, text);
    this.metrics.refused(refused.code, secondsSince(exchange));
  }
}

function outcomeOf({ answer, outcome, isReplay }: Exchange): string {
  if (isReplay) return 'replayed';
  const { failures } = outcome;
  if (failures.length === 0) return 'ok';
  return answer?.status === 200 ? 'partial' : (failures[0]?.code ?? 'partial');
}

function secondsSince({ startedAt }: Exchange): number {
  return (performance.now() - startedAt) / 1_000;
}

function send(exchange: Exchange, response: ServerResponse, status: number, text: string): void {
  if (response.headersSent || response.destroyed) return;
  const { request, headers, responseType } = exchange;
  if (status === 503 && !headers.includes('Retry-After')) headers.push('Retry-After', '5');
  headers.push('Cache-Control', 'no-store', 'Content-Type', responseType);
  headers.push('Content-Length', String(Buffer.byteLength(text)));
  // A body that was refused unread would be taken for the next request on the connection.
  if (!request.complete) headers.push('Connection', 'close');
  writeAnswer(request, response, status, headers, text);
}

import { hostname } from 'node:os';
import { EgressClient, type SendResult } from '#libs/egress';
import { Clock, encodeId, LOGGER, type Logger, uuidTime } from '#libs/foundation';
import { Inject, Injectable } from '@nestjs/common';
import { storedTrigger } from '../deliveries/delivery-codes.js';
import {
  type DeliveryOutcome,
  endsByItsWord,
  outcomeAtFormerUrl,
  outcomeOf,
} from '../deliveries/delivery-outcome.js';
import { deliveryHeaders, type LiveKeys } from '../signing/delivery-headers.js';
import { WebhookKeys } from '../subscriptions/webhook-keys.js';
import { AttemptRecorder } from './attempt-recorder.js';
import type { ClaimedDelivery } from './claim.query.js';
import { type AttemptVerdict, judgeAttempt } from './judge-attempt.js';
import type { EndpointRow } from './endpoint.query.js';
import { EndpointTracker } from './endpoint-tracker.js';
import { WebhookMetrics } from './webhook-metrics.js';

export interface OpenKeys extends LiveKeys {
  readonly ids: readonly string[];
}

const mostUnrecorded = 500;
const workerName = `${hostname()}:${String(process.pid)}`;

/** One attempt: sign, send, judge, record. */
@Injectable()
export class Sender {
  private readonly unrecorded = new Set<Promise<boolean>>();

  constructor(
    private readonly egress: EgressClient,
    private readonly keys: WebhookKeys,
    private readonly recorder: AttemptRecorder,
    private readonly tracker: EndpointTracker,
    private readonly metrics: WebhookMetrics,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** The keys of this batch: a retry is signed with today's, whatever signed the attempt before. */
  openKeys(endpoint: EndpointRow): OpenKeys {
    return this.keys.open(endpoint);
  }

  /**
   * What the receiver does wrong is recorded; what fails on our side leaves the lease to run out.
   * @returns `answered` when the next request may take this one's place: at once after a success; a failure is
   * recorded first, for the endpoint may have to be spared. `recorded` when all is done, with true where nothing more
   * may be sent on what was known of the endpoint: it is to be spared, or the lease was lost. Neither rejects.
   */
  deliver(
    endpoint: EndpointRow,
    keys: OpenKeys,
    delivery: ClaimedDelivery,
    lease: string,
  ): { answered: Promise<unknown>; recorded: Promise<boolean> } {
    const startedAtMs = this.clock.now();
    let succeed = (): void => undefined;
    const succeeded = new Promise<void>((resolve) => (succeed = resolve));
    const recorded = this.attempt(endpoint, keys, delivery, lease, startedAtMs, succeed)
      .catch((error: unknown) => {
        const delivery_id = encodeId('dlv', delivery.delivery_id);
        this.logger.error({ err: error, delivery_id }, 'attempt failed on our side');
        return true;
      })
      .finally(() => this.unrecorded.delete(recorded));
    this.unrecorded.add(recorded);
    return { answered: Promise.race([succeeded, recorded]), recorded };
  }

  /** Resolves when every attempt is recorded or given up. */
  async settled(): Promise<void> {
    await Promise.all(this.unrecorded);
  }

  private async attempt(
    endpoint: EndpointRow,
    keys: OpenKeys,
    delivery: ClaimedDelivery,
    lease: string,
    startedAtMs: number,
    succeed: () => void,
  ): Promise<boolean> {
    const result = await this.send(endpoint, keys, delivery, startedAtMs);
    const outcome = await this.outcomeOf(endpoint, result);
    const verdict = judgeAttempt(delivery, outcome, this.clock.now());
    // A database that does not keep up holds back the sending.
    if (verdict.outcome.kind === 'succeeded' && this.recorder.waitingCount < mostUnrecorded)
      succeed();
    const recorded = await this.recorder.record({
      deliveryId: delivery.delivery_id,
      lease,
      number: delivery.attempt,
      startedAt: new Date(startedAtMs),
      durationMs: result.durationMs,
      outcome: verdict.name,
      responseStatus: result.response?.status ?? null,
      url: endpoint.url,
      remoteIp: result.remoteAddress,
      responseBody: result.response ? Buffer.from(result.response.body) : null,
      responseHeaders: result.response?.headers ?? {},
      retryAfterSeconds: verdict.retryAfterSeconds,
      truncated: result.response?.truncated ?? false,
      keyIds: keys.ids,
      worker: workerName,
      status: verdict.status,
      reason: verdict.reason,
      dueAt: verdict.dueAt,
    });
    this.log(endpoint, delivery, result, verdict, recorded);
    this.measure(delivery, result, verdict, startedAtMs, recorded);
    return recorded
      ? this.tracker.note(endpoint, delivery, verdict.outcome, result.durationMs)
      : true;
  }

  /** What ends a delivery, or the webhook, is believed of the webhook's own URL alone. */
  private async outcomeOf(endpoint: EndpointRow, result: SendResult): Promise<DeliveryOutcome> {
    const outcome = outcomeOf(result, this.clock.now());
    if (!endsByItsWord(outcome) || (await this.tracker.isCurrent(endpoint))) return outcome;
    return outcomeAtFormerUrl(outcome);
  }

  private async send(
    endpoint: EndpointRow,
    keys: OpenKeys,
    delivery: ClaimedDelivery,
    startedAtMs: number,
  ): Promise<SendResult> {
    if (!delivery.body) throw new Error('a delivery without a body was claimed for sending');
    const attempt = {
      id: encodeId('evt', delivery.event_id),
      timestampSeconds: Math.floor(startedAtMs / 1000),
      body: delivery.body,
      deliveryId: encodeId(delivery.is_test ? 'dlv_test' : 'dlv', delivery.delivery_id),
      attempt: delivery.attempt,
      isTest: delivery.is_test,
    };
    return this.egress.send({
      method: 'POST',
      url: endpoint.url,
      headers: deliveryHeaders(attempt, keys),
      body: delivery.body,
      // Sockets of their own for tests, so that a backlog cannot delay one, and for a new URL, so that what hangs at
      // the former one cannot.
      poolKey: `${endpoint.id}${delivery.is_test ? ':test' : ''} ${endpoint.url}`,
    });
  }

  private measure(
    delivery: ClaimedDelivery,
    result: SendResult,
    verdict: AttemptVerdict,
    startedAtMs: number,
    recorded: boolean,
  ): void {
    if (!recorded) this.metrics.fenceRejects.inc();
    this.metrics.attempts.inc({ outcome: verdict.name });
    this.metrics.attemptSeconds.observe(result.durationMs / 1000);
    if (delivery.attempt === 1 && delivery.trigger === storedTrigger.event) {
      this.metrics.publishToFirstAttemptSeconds.observe(
        Math.max(0, startedAtMs - uuidTime(delivery.event_id)) / 1000,
      );
    }
  }

  /** The canonical line of an attempt: no URL, no body, no secret. */
  private log(
    endpoint: EndpointRow,
    delivery: ClaimedDelivery,
    result: SendResult,
    verdict: AttemptVerdict,
    recorded: boolean,
  ): void {
    this.logger.info(
      {
        delivery_id: encodeId(delivery.is_test ? 'dlv_test' : 'dlv', delivery.delivery_id),
        event_id: encodeId('evt', delivery.event_id),
        webhook_id: encodeId('wh', endpoint.id),
        tenant_id: endpoint.tenant_id,
        event: delivery.event_type,
        attempt: delivery.attempt,
        outcome: verdict.name,
        status: result.response?.status ?? null,
        error_code: result.outcome === 'failed' ? result.code : null,
        duration_ms: Math.round(result.durationMs),
        next_attempt_at: verdict.dueAt?.toISOString() ?? null,
        recorded,
      },
      'delivery.attempted',
    );
  }
}

import { Clock, Database, type Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { type FailingAction, failingAction, type NoticeHours } from '../deliveries/auto-disable.js';
import { breakerAfter, type BreakerState, readBreaker } from '../deliveries/breaker.js';
import type { DeliveryOutcome } from '../deliveries/delivery-outcome.js';
import { isEndpointUp } from '../deliveries/endpoint-health.js';
import type { ClaimedDelivery } from './claim.query.js';
import { lockHealth, type EndpointHealth, writeHealth } from './endpoint-health.query.js';
import type { EndpointRow } from './endpoint.query.js';
import { laneGate } from './lane-gate.js';
import { Latency } from './latency.js';
import { WebhookNotices } from './webhook-notices.js';

/** What an exchange that is still under way at the end of its turn counts for. */
const SLOW_EXCHANGE_MS = 10_000;

/**
 * Keeps what deliveries tell of an endpoint: breaker, pause, failing streak, slowness. The truth is the webhook's
 * row; an endpoint that answers well is not written at all.
 */
@Injectable()
export class EndpointTracker {
  private readonly latency = new Latency();
  /** Closed breakers of this process: their windows count successes, which are not written. */
  private readonly closed = new Map<string, BreakerState>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly notices: WebhookNotices,
  ) {}

  /**
   * Of every attempt that was recorded, but for tests: those say nothing about production traffic.
   * @returns whether the endpoint is to be spared from now on
   */
  async note(
    endpoint: EndpointRow,
    delivery: ClaimedDelivery,
    outcome: DeliveryOutcome,
    durationMs: number,
  ): Promise<boolean> {
    if (delivery.is_test) return false;
    this.latency.note(endpoint.id, durationMs, isEndpointUp(outcome));
    const succeeded = outcome.kind === 'succeeded';
    const isQuiet =
      succeeded &&
      endpoint.failing_since === null &&
      readBreaker(endpoint.breaker).phase === 'closed' &&
      endpoint.slow === this.latency.isSlow(endpoint.id, endpoint.slow) &&
      !this.hasFailed(endpoint.id);
    if (isQuiet) {
      this.closed.set(endpoint.id, this.afterAttempt(this.closedBreaker(endpoint.id), outcome));
      return false;
    }
    return this.database.transaction((transaction) =>
      this.update(transaction, endpoint.id, delivery, outcome),
    );
  }

  /**
   * Requests at once: one to begin with, and one more for each answer of an endpoint that is up. One that is not never
   * holds more than one place.
   */
  width(webhookId: string, most: number): number {
    return Math.min(most, 1 + this.latency.answersInRow(webhookId));
  }

  /** An exchange outlasts its lane's turn: the endpoint moves to the slow lane before it answers at all. */
  async noteSlow(endpoint: EndpointRow): Promise<void> {
    this.latency.note(endpoint.id, SLOW_EXCHANGE_MS, false);
    if (endpoint.slow) return;
    await this.database.execute('UPDATE webhook SET slow = true WHERE id = $1', [endpoint.id]);
  }

  private async update(
    transaction: Sql,
    webhookId: string,
    delivery: ClaimedDelivery,
    outcome: DeliveryOutcome,
  ): Promise<boolean> {
    const before = await lockHealth(transaction, webhookId);
    if (!before) return true;
    const stored = readBreaker(before.breaker);
    const breaker = this.afterAttempt(
      stored.phase === 'closed' ? this.closedBreaker(webhookId, stored) : stored,
      outcome,
    );
    if (breaker.phase === 'closed') this.closed.set(webhookId, breaker);
    else this.closed.delete(webhookId);
    const after = this.afterOutcome({ ...before, breaker }, delivery, outcome);
    const action = outcome.kind === 'succeeded' ? undefined : this.failingAction(after);
    if (action?.kind === 'notify') after.failing_notices = action.hours;
    if (action?.kind === 'disable' && after.enabled) {
      after.enabled = false;
      after.disabled_reason = 'failing';
    }
    await writeHealth(transaction, after, this.clock.date());
    if (action?.kind === 'notify') await this.notices.failing(transaction, after, action.hours);
    if (before.enabled && !after.enabled) await this.notices.disabled(transaction, after);
    return laneGate(after, this.clock.now()) !== 'open';
  }

  private afterOutcome(
    health: EndpointHealth,
    delivery: ClaimedDelivery,
    outcome: DeliveryOutcome,
  ): EndpointHealth {
    const after = { ...health, slow: this.isSlow(health) };
    if (outcome.kind === 'gone' || outcome.kind === 'disable') {
      after.enabled = false;
      after.disabled_reason = outcome.kind === 'gone' ? 'gone' : 'receiver_request';
    }
    const pauses = [
      after.paused_until?.getTime() ?? 0,
      outcome.kind === 'retry' && outcome.pauseMs !== null ? this.clock.now() + outcome.pauseMs : 0,
      after.breaker.phase === 'open' ? after.breaker.untilMs : 0,
    ];
    after.paused_until = Math.max(...pauses) > 0 ? new Date(Math.max(...pauses)) : null;
    if (outcome.kind === 'succeeded' || outcome.kind === 'disable') {
      return {
        ...after,
        failing_since: null,
        last_failure_at: null,
        failed_deliveries: 0,
        failing_notices: 0,
      };
    }
    const now = this.clock.date();
    const isFirst = after.failing_since === null;
    after.failing_since ??= now;
    after.last_failure_at = now;
    // A retry of a delivery that failed in this streak is no further delivery.
    if (isFirst || delivery.attempt === 1) after.failed_deliveries++;
    return after;
  }

  private failingAction(health: EndpointHealth): FailingAction | undefined {
    if (!health.failing_since || !health.last_failure_at) return undefined;
    return failingAction(
      {
        firstFailureAtMs: health.failing_since.getTime(),
        lastFailureAtMs: health.last_failure_at.getTime(),
        failedDeliveries: health.failed_deliveries,
        noticedHours: health.failing_notices === 0 ? null : (health.failing_notices as NoticeHours),
      },
      this.clock.now(),
    );
  }

  private isSlow(health: EndpointHealth): boolean {
    return health.breaker.phase !== 'closed' || this.latency.isSlow(health.id, health.slow);
  }

  private afterAttempt(state: BreakerState, outcome: DeliveryOutcome): BreakerState {
    return breakerAfter(
      state,
      { type: 'attempted', isUp: isEndpointUp(outcome) },
      this.clock.now(),
    );
  }

  /** The row counts the failures in a row of all processes, this one its successes of the last minute. */
  private closedBreaker(webhookId: string, stored?: BreakerState): BreakerState {
    const own = this.closed.get(webhookId);
    if (!own) return stored ?? readBreaker(undefined);
    if (own.phase !== 'closed' || stored?.phase !== 'closed') return own;
    return { ...own, consecutiveFailures: stored.consecutiveFailures };
  }

  private hasFailed(webhookId: string): boolean {
    const own = this.closed.get(webhookId);
    return own?.phase === 'closed' && own.consecutiveFailures > 0;
  }
}

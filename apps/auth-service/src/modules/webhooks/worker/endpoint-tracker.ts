import { Clock, Database, type Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { type FailingAction, failingAction, type NoticeHours } from '../deliveries/auto-disable.js';
import { breakerAfter, readBreaker, withCounted } from '../deliveries/breaker.js';
import type { DeliveryOutcome } from '../deliveries/delivery-outcome.js';
import { isEndpointUp } from '../deliveries/endpoint-health.js';
import type { ClaimedDelivery } from './claim.query.js';
import { lockHealth, type EndpointHealth, writeHealth } from './endpoint-health.query.js';
import { EndpointMemory, type SeenEndpoint } from './endpoint-memory.js';
import type { EndpointRow } from './endpoint.query.js';
import { laneGate } from './lane-gate.js';
import { WebhookNotices } from './webhook-notices.js';

/**
 * Keeps what deliveries tell of an endpoint: breaker, pause, failing streak, slowness. The truth is the webhook's
 * row; an endpoint that answers well is not written at all.
 */
@Injectable()
export class EndpointTracker {
  private readonly memory = new EndpointMemory();

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
    const seen = this.memory.of(endpoint);
    seen.note(durationMs, isEndpointUp(outcome));
    const isQuiet =
      outcome.kind === 'succeeded' &&
      endpoint.failing_since === null &&
      !seen.isFailing &&
      readBreaker(endpoint.breaker).phase === 'closed' &&
      endpoint.slow === seen.isSlow(endpoint.slow);
    if (isQuiet) {
      seen.countSuccess(this.clock.now());
      return false;
    }
    return this.database.transaction((transaction) =>
      this.update(transaction, endpoint, seen, delivery, outcome),
    );
  }

  /** Whether the webhook has the URL that it was loaded with. */
  async isCurrent(endpoint: EndpointRow): Promise<boolean> {
    const rows = await this.database.query('SELECT FROM webhook WHERE id = $1 AND url = $2', [
      endpoint.id,
      endpoint.url,
    ]);
    return rows.length > 0;
  }

  /**
   * Requests at once: one to begin with, and one more for each answer of an endpoint that is up. One that is not never
   * holds more than one place.
   */
  width(endpoint: EndpointRow, most: number): number {
    return Math.min(most, 1 + this.memory.of(endpoint).answersInRow);
  }

  private async update(
    transaction: Sql,
    endpoint: EndpointRow,
    seen: SeenEndpoint,
    delivery: ClaimedDelivery,
    outcome: DeliveryOutcome,
  ): Promise<boolean> {
    const before = await lockHealth(transaction, endpoint.id);
    // A late answer of the URL that was says nothing about the one that is.
    if (before?.url !== endpoint.url) return true;
    const breaker = breakerAfter(
      withCounted(before.breaker, seen.takeSuccesses()),
      { type: 'attempted', isUp: isEndpointUp(outcome) },
      this.clock.now(),
    );
    const slow = breaker.phase !== 'closed' || seen.isSlow(before.slow);
    const after = this.afterOutcome({ ...before, breaker, slow }, delivery, outcome);
    const action = outcome.kind === 'succeeded' ? undefined : this.failingAction(after);
    if (action?.kind === 'notify') after.failing_notices = action.hours;
    if (action?.kind === 'disable' && after.enabled) {
      after.enabled = false;
      after.disabled_reason = 'failing';
    }
    await writeHealth(transaction, after, this.clock.date());
    if (action?.kind === 'notify') await this.notices.failing(transaction, after, action.hours);
    if (before.enabled && !after.enabled) {
      // The answer that disables ends the streak; what failed in it is missed all the same.
      const failing_since = before.failing_since ?? after.failing_since;
      await this.notices.disabled(transaction, { ...after, failing_since });
    }
    seen.isFailing = after.failing_since !== null;
    return laneGate(after, this.clock.now()) !== 'open';
  }

  private afterOutcome(
    health: EndpointHealth,
    delivery: ClaimedDelivery,
    outcome: DeliveryOutcome,
  ): EndpointHealth {
    const after = { ...health };
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
}

import { Clock, Database, Metrics } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import { LaneQueue } from './lane-queue.js';
import { oldestInOutbox } from './outbox.query.js';

/** Endpoints that are looked at for the oldest delivery. */
const MOST_ENDPOINTS = 5_000;

const latencyBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];

/** What the delivery worker tells Prometheus. Gauges about the queue are read from the database when asked for. */
@Injectable()
export class WebhookMetrics {
  readonly attempts: Counter<'outcome'>;
  readonly attemptSeconds: Histogram;
  readonly publishToFirstAttemptSeconds: Histogram;
  readonly interrupted: Counter;
  readonly fenceRejects: Counter;

  constructor(metrics: Metrics, database: Database, clock: Clock, lanes: LaneQueue) {
    const registers = [metrics.registry];
    this.attempts = new Counter({
      name: 'webhook_attempts_total',
      help: 'Attempts by outcome.',
      labelNames: ['outcome'],
      registers,
    });
    this.attemptSeconds = new Histogram({
      name: 'webhook_attempt_duration_seconds',
      help: 'Duration of exchanges.',
      buckets: latencyBuckets,
      registers,
    });
    this.publishToFirstAttemptSeconds = new Histogram({
      name: 'webhook_publish_to_first_attempt_seconds',
      help: 'From the publishing of an event to its first attempt.',
      buckets: [...latencyBuckets, 60, 300, 3_600],
      registers,
    });
    this.interrupted = new Counter({
      name: 'webhook_interrupted_total',
      help: 'Attempts whose worker died over them.',
      registers,
    });
    this.fenceRejects = new Counter({
      name: 'webhook_fence_rejects_total',
      help: 'Results that came after their lease was lost.',
      registers,
    });
    const one = async (text: string): Promise<number> =>
      Number((await database.query<{ n: string | null }>(text))[0]?.n ?? 0);
    metrics.gauge({
      name: 'webhook_lanes_active',
      help: 'Lanes at work in this process.',
      read: () => lanes.activeLanes,
    });
    metrics.gauge({
      name: 'webhook_pending',
      help: 'Deliveries not yet at their end, as last counted.',
      read: () => one('SELECT sum(pending) AS n FROM webhook_tenant_load'),
    });
    metrics.gauge({
      name: 'webhook_breaker_open',
      help: 'Endpoints that are spared requests.',
      read: () =>
        one(
          `SELECT count(*) AS n FROM webhook WHERE deleted_at IS NULL AND breaker ->> 'phase' IN ('open', 'half_open')`,
        ),
    });
    metrics.gauge({
      name: 'webhook_outbox_lag_seconds',
      help: 'Age of the oldest event in the outbox.',
      read: async () => {
        const oldest = await oldestInOutbox(database);
        return oldest ? Math.max(0, clock.now() - oldest.getTime()) / 1000 : 0;
      },
    });
    metrics.gaugeBy('queue', {
      name: 'webhook_oldest_due_seconds',
      help: 'How long the oldest due delivery has been waiting.',
      read: async () => {
        const rows = await database.query<{ slow: boolean; age: string | null }>(
          // From endpoint to endpoint, so that those that are paused hide nobody, whatever they have pending.
          `WITH RECURSIVE lane AS (
             (SELECT webhook_id, 1 AS n FROM webhook_pending ORDER BY webhook_id LIMIT 1)
             UNION ALL
             SELECT (SELECT p.webhook_id FROM webhook_pending p WHERE p.webhook_id > lane.webhook_id
                     ORDER BY p.webhook_id LIMIT 1), lane.n + 1
             FROM lane WHERE lane.webhook_id IS NOT NULL AND lane.n < $2
           )
           SELECT w.slow, greatest(0, extract(epoch FROM $1::timestamptz - min(oldest.due_at))) AS age
           FROM lane JOIN webhook w ON w.id = lane.webhook_id AND w.enabled AND w.deleted_at IS NULL
             AND (w.paused_until IS NULL OR w.paused_until <= $1)
           CROSS JOIN unnest(ARRAY[false, true]) AS is_retry
           CROSS JOIN LATERAL (SELECT p.due_at FROM webhook_pending p
             WHERE p.webhook_id = w.id AND (p.attempt > 0) = is_retry AND p.due_at <= $1 AND p.lease IS NULL
             ORDER BY p.due_at LIMIT 1) oldest
           GROUP BY w.slow`,
          [clock.date(), MOST_ENDPOINTS],
        );
        const ageOf = (isSlow: boolean): number =>
          Number(rows.find(({ slow }) => slow === isSlow)?.age ?? 0);
        return { lane: ageOf(false), slow: ageOf(true) };
      },
    });
  }
}

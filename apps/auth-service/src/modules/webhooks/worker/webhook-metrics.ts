import { Clock, Database, Metrics } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import { LaneQueue } from './lane-queue.js';

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
    const one = async (text: string, values: readonly unknown[] = []): Promise<number> =>
      Number((await database.query<{ n: string | null }>(text, values))[0]?.n ?? 0);
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
      read: () =>
        one(
          'SELECT greatest(0, extract(epoch FROM $1::timestamptz - min(created_at))) AS n FROM event_outbox',
          [clock.date()],
        ),
    });
    metrics.gaugeBy('queue', {
      name: 'webhook_oldest_due_seconds',
      help: 'How long the oldest due delivery has been waiting.',
      read: async () => {
        const rows = await database.query<{ slow: boolean; age: string | null }>(
          `SELECT w.slow, greatest(0, extract(epoch FROM $1::timestamptz - min(p.due_at))) AS age
           FROM (SELECT webhook_id, due_at FROM webhook_pending WHERE due_at <= $1 AND lease IS NULL
                 ORDER BY due_at LIMIT 1000) p
           JOIN webhook w ON w.id = p.webhook_id AND w.enabled GROUP BY w.slow`,
          [clock.date()],
        );
        const ageOf = (isSlow: boolean): number =>
          Number(rows.find(({ slow }) => slow === isSlow)?.age ?? 0);
        return { lane: ageOf(false), slow: ageOf(true) };
      },
    });
  }
}

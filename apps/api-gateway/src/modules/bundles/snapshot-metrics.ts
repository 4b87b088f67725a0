import { Metrics } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { Upstreams } from '../upstreams/index.js';
import { SnapshotStore } from './snapshot-store.js';

/** The state of the snapshot and of what is behind it, read when Prometheus asks. */
@Injectable()
export class SnapshotMetrics {
  constructor(metrics: Metrics, store: SnapshotStore, upstreams: Upstreams) {
    metrics.gauge({
      name: 'gateway_snapshot_age_seconds',
      help: 'Since the bundles were last read.',
      read: () => Math.min(store.ageMs() / 1_000, Number.MAX_SAFE_INTEGER),
    });
    metrics.gauge({
      name: 'gateway_snapshot_operations',
      help: 'Operations that can run.',
      read: () => store.operations,
    });
    metrics.gauge({
      name: 'gateway_broken_operations',
      help: 'Approved operations that cannot run on this schema.',
      read: () => store.brokenOperations,
    });
    metrics.gauge({
      name: 'gateway_upstreams_open_breakers',
      help: 'Upstreams that are left alone for a while, for one tenant or for all.',
      read: () => upstreams.openBreakers,
    });
  }
}

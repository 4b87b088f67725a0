import { Metrics } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Upstreams } from '../upstreams/index.js';
import { SnapshotStore } from './snapshot-store.js';

/** The state of the snapshot and of what is behind it, read when Prometheus asks. */
@Injectable()
export class SnapshotMetrics {
  constructor({ registry }: Metrics, store: SnapshotStore, upstreams: Upstreams) {
    const registers = [registry];
    const gauge = (name: string, help: string, read: () => number): void => {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    };
    gauge('gateway_snapshot_age_seconds', 'Since the bundles were last read.', () =>
      Math.min(store.ageMs() / 1_000, Number.MAX_SAFE_INTEGER),
    );
    gauge('gateway_snapshot_operations', 'Operations that can run.', () => store.operations);
    gauge(
      'gateway_broken_operations',
      'Approved operations that cannot run on this schema.',
      () => store.brokenOperations,
    );
    gauge(
      'gateway_upstreams_open_breakers',
      'Upstreams that are left alone for a while, for one tenant or for all.',
      () => upstreams.openBreakers,
    );
  }
}

import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { OperationsModule } from '../operations/index.js';
import { UpstreamsModule } from '../upstreams/index.js';
import { SnapshotMetrics } from './snapshot-metrics.js';
import { SnapshotStore } from './snapshot-store.js';

/** The compiled snapshot of approved operations and of who may run them. */
@Module({
  imports: [OperationsModule, UpstreamsModule],
  providers: [SnapshotMetrics, SnapshotStore],
  exports: [SnapshotStore],
})
export class BundlesModule implements OnApplicationBootstrap {
  constructor(private readonly store: SnapshotStore) {}

  /** After every module's own start: the schema exists from then on. */
  async onApplicationBootstrap(): Promise<void> {
    await this.store.start();
  }
}

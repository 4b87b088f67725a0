export { BundlesModule } from './bundles.module.js';
export { SnapshotStore } from './snapshot-store.js';
export { Snapshot, type Held, type SnapshotGrant, type SnapshotOperation } from './snapshot.js';

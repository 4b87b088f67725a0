export { DatabaseClock } from './database-clock.js';
export { jwksRoutes } from './jwks-routes.js';
export { JwksModule } from './jwks.module.js';
export { KeyRing } from './key-ring.js';
export { KeyRotation } from './key-rotation.js';
export { type AppliedChange, readSigningKeys } from './signing-keys.store.js';

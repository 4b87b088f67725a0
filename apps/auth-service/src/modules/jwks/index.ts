export { JwksHandler } from './jwks.handler.js';
export { JwksModule } from './jwks.module.js';
export { KeyRing } from './key-ring.js';

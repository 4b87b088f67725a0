export { JwksModule } from './jwks.module.js';
export { KeyRing } from './key-ring.js';

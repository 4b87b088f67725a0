export { BundlesModule } from './bundles.module.js';
export { GrantsService } from './grants.service.js';

export { AuditLog, SYSTEM_TENANT, type AuditEntry } from './audit/audit-log.js';
export { IdentityModule } from './identity.module.js';
export { ScopeCatalogue } from './scopes/scope-catalogue.js';
export { TenantsService, type TenantAdministrator } from './tenants/tenants.service.js';
export { type Client, ClientLookup } from './apps/client-lookup.js';
export type { EffectivePolicy } from './governance/effective-policy.js';

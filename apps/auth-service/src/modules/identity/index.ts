export { scopeName } from './apps/apps.dto.js';
export { acceptedMethods } from './apps/app-rules.js';
export { AppsQuery } from './apps/apps.query.js';
export { type Client, ClientLookup } from './apps/client-lookup.js';
export { lockApp, type LockedApp } from './apps/lock-app.js';
export { redirectUriProblem, type RedirectUriRules } from './apps/redirect-uri.js';
export { publicKeyProblem } from './apps/usable-key.js';
export { AuditLog, SYSTEM_TENANT, type AuditEntry } from './audit/audit-log.js';
export { AuditRetention } from './audit/audit-retention.service.js';
export { eventTypeName } from './event-types/event-types.dto.js';
export type { EffectivePolicy } from './governance/effective-policy.js';
export { mostLiveSecrets } from './governance/governance-flags.js';
export { type Ending, Endings } from './governance/endings.js';
export {
  endLastingOf,
  longestUserTokenMs,
  revokeToken,
  revokeTokensOf,
} from './governance/policy-effects.js';
export { IdentityModule } from './identity.module.js';
export { LeakedSecrets } from './leaks/leaked-secrets.service.js';
export { preferredLanguage } from './scopes/preferred-language.js';
export { ScopeCatalogue } from './scopes/scope-catalogue.js';
export { SecretDigests } from './secrets/secret-digests.js';
export { Bootstrap } from './tenants/bootstrap.service.js';
export { TenantChanges } from './tenants/tenant-changes.service.js';
export { toAdministrator } from './tenants/tenant-administrator.js';
export { TenantsService, type TenantAdministrator } from './tenants/tenants.service.js';
export { UserChanges } from './users/user-changes.service.js';
export { createUserBody, emailAddress, updateUserBody } from './users/users.dto.js';
export { UsersQuery } from './users/users.query.js';
export { UsersService, type NewUser } from './users/users.service.js';

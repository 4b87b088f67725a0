import { Scope } from '#libs/entities';
import { EventPublisher } from '#libs/events';
import {
  Clock,
  CursorCodec,
  Database,
  type DataKeyName,
  loadDataKey,
  TrustedOriginClient,
} from '#libs/foundation';
import { Module, type FactoryProvider } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthConfig } from '../../config.js';
import { AppChanges } from './apps/app-changes.service.js';
import { AppRegistration } from './apps/app-registration.service.js';
import { AppsController } from './apps/apps.controller.js';
import { AppsQuery } from './apps/apps.query.js';
import { ClientLookup } from './apps/client-lookup.js';
import { AuditCheckpoints } from './audit/audit-checkpoints.js';
import { AuditLogController } from './audit/audit-log.controller.js';
import { AuditLogQuery } from './audit/audit-log.query.js';
import { AuditLog } from './audit/audit-log.js';
import { AuditRetention } from './audit/audit-retention.service.js';
import { EventApprovalsController } from './event-types/event-approvals.controller.js';
import { EventApprovals } from './event-types/event-approvals.service.js';
import { EventCatalogue } from './event-types/event-catalogue.service.js';
import { EventTypesController } from './event-types/event-types.controller.js';
import { Endings } from './governance/endings.js';
import { GovernanceController } from './governance/governance.controller.js';
import { GovernanceService } from './governance/governance.service.js';
import { LeakReportsController } from './leaks/leak-reports.controller.js';
import { LeakedSecrets } from './leaks/leaked-secrets.service.js';
import { ReportKeys } from './leaks/report-keys.js';
import { ScopeRequestsController } from './scope-requests/scope-requests.controller.js';
import { ScopeRequests } from './scope-requests/scope-requests.service.js';
import { ScopeReviewController } from './scope-requests/scope-review.controller.js';
import { ScopeCatalogue } from './scopes/scope-catalogue.js';
import { ScopeEditingController } from './scopes/scope-editing.controller.js';
import { ScopeEditing } from './scopes/scope-editing.service.js';
import { ScopesController } from './scopes/scopes.controller.js';
import { ClientSecrets } from './secrets/client-secrets.service.js';
import { SecretDigests } from './secrets/secret-digests.js';
import { SecretEvents } from './secrets/secret-events.js';
import { SecretNotices } from './secrets/secret-notices.js';
import { SecretsController } from './secrets/secrets.controller.js';
import { Bootstrap } from './tenants/bootstrap.service.js';
import { TenantChanges } from './tenants/tenant-changes.service.js';
import { TenantsController } from './tenants/tenants.controller.js';
import { TenantsQuery } from './tenants/tenants.query.js';
import { TenantsService } from './tenants/tenants.service.js';
import { UserChanges } from './users/user-changes.service.js';
import { UsersController } from './users/users.controller.js';
import { UsersQuery } from './users/users.query.js';
import { UsersService } from './users/users.service.js';

/** A provider built on one of the data keys. */
function keyed<T>(provide: new (key: Buffer) => T, name: DataKeyName): FactoryProvider<Promise<T>> {
  return {
    provide,
    useFactory: async (database: Database, config: AuthConfig, clock: Clock) =>
      new provide(await loadDataKey(database, config.secretBox, clock, name)),
    inject: [Database, AuthConfig, Clock],
  };
}

/** What other features inject. */
const shared = [
  AppsQuery,
  AuditLog,
  AuditRetention,
  Bootstrap,
  ClientLookup,
  Endings,
  LeakedSecrets,
  ScopeCatalogue,
  TenantChanges,
  TenantsService,
  UserChanges,
  UsersQuery,
  UsersService,
];

@Module({
  imports: [TypeOrmModule.forFeature([Scope])],
  controllers: [
    AppsController,
    AuditLogController,
    EventApprovalsController,
    EventTypesController,
    GovernanceController,
    LeakReportsController,
    ScopeEditingController,
    ScopeRequestsController,
    ScopeReviewController,
    ScopesController,
    SecretsController,
    TenantsController,
    UsersController,
  ],
  providers: [
    ...shared,
    keyed(AuditCheckpoints, 'audit-checkpoint'),
    keyed(CursorCodec, 'cursor'),
    keyed(SecretDigests, 'secret-pepper'),
    {
      provide: ReportKeys,
      useFactory: ({ leakReportKeysUrl }: AuthConfig, clock: Clock) =>
        new ReportKeys(leakReportKeysUrl, new TrustedOriginClient(), clock),
      inject: [AuthConfig, Clock],
    },
    AppChanges,
    AppRegistration,
    AuditLogQuery,
    ClientSecrets,
    EventApprovals,
    EventCatalogue,
    EventPublisher,
    GovernanceService,
    ScopeEditing,
    ScopeRequests,
    SecretEvents,
    SecretNotices,
    TenantsQuery,
  ],
  exports: [...shared, CursorCodec, SecretDigests],
})
export class IdentityModule {}

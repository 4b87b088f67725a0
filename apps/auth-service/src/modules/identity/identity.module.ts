import { Scope } from '#libs/entities';
import { Clock, CursorCodec, Database, type DataKeyName, loadDataKey } from '#libs/foundation';
import { Module, type FactoryProvider } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthConfig } from '../../config.js';
import { AppRegistration } from './apps/app-registration.service.js';
import { AppsController } from './apps/apps.controller.js';
import { AppsQuery } from './apps/apps.query.js';
import { ClientLookup } from './apps/client-lookup.js';
import { AuditLog } from './audit/audit-log.js';
import { GovernanceController } from './governance/governance.controller.js';
import { GovernanceService } from './governance/governance.service.js';
import { ScopeCatalogue } from './scopes/scope-catalogue.js';
import { ScopesController } from './scopes/scopes.controller.js';
import { ClientSecrets } from './secrets/client-secrets.service.js';
import { SecretDigests } from './secrets/secret-digests.js';
import { SecretsController } from './secrets/secrets.controller.js';
import { Bootstrap } from './tenants/bootstrap.service.js';
import { TenantsService } from './tenants/tenants.service.js';
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

const shared = [
  AppsQuery,
  AuditLog,
  Bootstrap,
  ClientLookup,
  CursorCodec,
  ScopeCatalogue,
  SecretDigests,
  TenantsService,
  UsersService,
];

@Module({
  imports: [TypeOrmModule.forFeature([Scope])],
  controllers: [AppsController, GovernanceController, ScopesController, SecretsController],
  providers: [
    ...shared.filter((type) => type !== CursorCodec && type !== SecretDigests),
    keyed(CursorCodec, 'cursor'),
    keyed(SecretDigests, 'secret-pepper'),
    AppRegistration,
    ClientSecrets,
    GovernanceService,
  ],
  exports: shared,
})
export class IdentityModule {}

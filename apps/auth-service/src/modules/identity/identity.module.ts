import { Scope } from '#libs/entities';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ClientLookup } from './apps/client-lookup.js';
import { AuditLog } from './audit/audit-log.js';
import { ScopeCatalogue } from './scopes/scope-catalogue.js';
import { TenantsService } from './tenants/tenants.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Scope])],
  providers: [AuditLog, ClientLookup, ScopeCatalogue, TenantsService],
  exports: [AuditLog, ClientLookup, ScopeCatalogue, TenantsService],
})
export class IdentityModule {}

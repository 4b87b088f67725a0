import type { ClientBase } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { ClientSecret } from './client-secret.entity.js';
import { migrations } from './migrations/index.js';
import { PlatformApp } from './platform-app.entity.js';
import { ScopeRequest } from './scope-request.entity.js';
import { Scope } from './scope.entity.js';
import { ServiceToken } from './service-token.entity.js';
import { SigningKey } from './signing-key.entity.js';
import { Tenant } from './tenant.entity.js';
import { UserAccount } from './user-account.entity.js';

/** Explicit lists, no globs: the same compiled, under Jest, and in a bundle. */
const entities = [
  ClientSecret,
  PlatformApp,
  Scope,
  ScopeRequest,
  ServiceToken,
  SigningKey,
  Tenant,
  UserAccount,
];

/**
 * @param poolSize connections of this process
 * @param onConnect what each connection begins with
 */
export function dataSourceOptions(
  databaseUrl: string,
  poolSize = 10,
  onConnect?: (client: ClientBase) => Promise<unknown>,
): DataSourceOptions {
  return {
    type: 'postgres',
    url: databaseUrl,
    entities,
    migrations,
    migrationsTableName: 'schema_migration',
    applicationName: 'knogin',
    connectTimeoutMS: 5_000,
    // Without a bound, whoever needs a connection while the server is silent waits for minutes.
    extra: {
      max: poolSize,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: 10_000,
      onConnect,
    },
  };
}

export function createDataSource(...options: Parameters<typeof dataSourceOptions>): DataSource {
  return new DataSource(dataSourceOptions(...options));
}

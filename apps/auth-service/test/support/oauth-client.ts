import { Database, Ids } from '#libs/foundation';
import type { ApiAnswer } from '#libs/testing';
import { SecretDigests } from '../../src/modules/identity/index.js';
import type { AuthApp } from './auth-app.js';

export interface ClientUnderTest {
  id: string;
  secretId: string;
  secret: string;
  /** `client_credentials` with the secret in the body, as the contract's example. */
  token(form?: Readonly<Record<string, string>>): Promise<ApiAnswer>;
}

/** A client written straight to the database, so that OAuth's suites depend on nobody's routes. */
export async function createClient(
  app: AuthApp,
  tenantId: string,
  columns: Readonly<Record<string, unknown>> = {},
): Promise<ClientUnderTest> {
  const database = app.get(Database);
  const ids = app.get(Ids);
  const now = app.clock.date();
  const row: Record<string, unknown> = {
    id: ids.create('app'),
    tenant_id: tenantId,
    name: 'Case sync connector',
    application_type: 'web',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    requested_scopes: ['webhooks:write'],
    approved_scopes: ['webhooks:write'],
    created_by: 'test',
    created_at: now,
    updated_at: now,
    ...columns,
  };
  const names = Object.keys(row);
  await database.execute(
    `INSERT INTO platform_app (${names.join(', ')}) VALUES (${names.map((_, i) => `$${i + 1}`).join(', ')})`,
    Object.values(row),
  );
  const id = String(row.id);
  const { secretId, secret } = await addSecret(app, tenantId, id);
  return {
    id,
    secretId,
    secret,
    token: (form = {}) =>
      app.public.post('/v1/oauth/token', {
        form: {
          grant_type: 'client_credentials',
          client_id: id,
          client_secret: secret,
          ...form,
        },
      }),
  };
}

export async function addSecret(
  app: AuthApp,
  tenantId: string,
  appId: string,
  columns: { expiresAt?: Date; revokedAt?: Date } = {},
): Promise<{ secretId: string; secret: string }> {
  const database = app.get(Database);
  const { secret, digest, hint } = app.get(SecretDigests).create();
  const secretId = app.get(Ids).create('sec');
  await database.execute(
    `INSERT INTO client_secret (id, app_id, tenant_id, digest, hint, created_at, expires_at, revoked_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      secretId,
      appId,
      tenantId,
      digest,
      hint,
      app.clock.date(),
      columns.expiresAt ?? null,
      columns.revokedAt ?? null,
    ],
  );
  return { secretId, secret };
}

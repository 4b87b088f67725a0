import { createHmac, randomBytes } from 'node:crypto';
import {
  createOpaqueToken,
  Ids,
  KeyEncryptionKey,
  loadDataKey,
  SecretBox,
  type Sql,
  SystemClock,
} from '#libs/foundation';
import { migrate } from '#libs/entities';
import pg from 'pg';
import { ChildServer } from './child-server.ts';

export interface OurServer {
  server: ChildServer;
  tenantId: string;
  /** What the server was started with, for a call of the CLI beside it. */
  environment: Readonly<Record<string, string>>;
  /** A client of client_credentials whose tokens are signed with the algorithm. */
  createClient(alg: string): Promise<{ id: string; secret: string }>;
  close(): Promise<void>;
}

/** The built auth-service as it runs in production, on a migrated database, with its limits turned off. */
export async function startOurServer(
  databaseUrl: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<OurServer> {
  await migrate(databaseUrl);
  const keyEncryptionKey = randomBytes(32).toString('base64');
  const environment = {
    DATABASE_URL: databaseUrl,
    AUTH_PORT: '0',
    AUTH_OPERATOR_PORT: '0',
    AUTH_ISSUER: 'https://auth.example',
    GATEWAY_RESOURCE: 'https://api.example',
    KEY_ENCRYPTION_KEY: keyEncryptionKey,
    RATE_LIMIT_SCALE: '0',
    NODE_ENV: 'production',
    ...variables,
  };
  const server = await ChildServer.start(
    'auth-service',
    new URL('../../dist/apps/auth-service/src/main.js', import.meta.url).pathname,
    environment,
  );
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  const clock = new SystemClock();
  const ids = new Ids(clock);
  const sql: Sql = {
    query: async (statement, values = []) =>
      (await pool.query(statement as string, [...values])).rows,
    execute: async (statement, values = []) =>
      (await pool.query(statement as string, [...values])).rowCount ?? 0,
  };
  const box = new SecretBox(KeyEncryptionKey.parse(keyEncryptionKey));
  const tenantId = ids.create('ten');
  const now = clock.date();
  await sql.execute(
    `INSERT INTO tenant (id, slug, name, created_at, updated_at) VALUES ($1, 'bench', 'bench', $2, $2)`,
    [tenantId, now],
  );
  return {
    server,
    tenantId,
    environment,
    createClient: async (alg) => {
      const id = ids.create('app');
      const secret = createOpaqueToken('cs');
      const pepper = await loadDataKey(sql, box, clock, 'secret-pepper');
      await sql.execute(
        `INSERT INTO platform_app (id, tenant_id, name, application_type, grant_types, redirect_uris, requested_scopes,
           approved_scopes, governance, created_by, created_at, updated_at)
         VALUES ($1, $2, 'bench', 'web', '{client_credentials}', '{}', '{webhooks:write}', '{webhooks:write}', $3, 'bench', $4, $4)`,
        [id, tenantId, { signing_alg: alg }, now],
      );
      await sql.execute(
        `INSERT INTO client_secret (id, app_id, tenant_id, digest, hint, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
        [
          ids.create('sec'),
          id,
          tenantId,
          createHmac('sha256', pepper).update(secret).digest(),
          secret.slice(-4),
          now,
        ],
      );
      return { id, secret };
    },
    close: async () => {
      await pool.end();
      await server.stop();
    },
  };
}

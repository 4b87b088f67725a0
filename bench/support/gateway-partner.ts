import pg from 'pg';
import type { OurServer } from './our-server.ts';

export interface Partner {
  /** What its token says. */
  caller: { clientId: string; tenantId: string; scopes: readonly string[] };
  /** Of its requests: token and tenant. */
  headers: Readonly<Record<string, string>>;
}

/** An app that holds the bundles. */
export async function createPartner(
  ours: OurServer,
  databaseUrl: string,
  bundles: readonly string[],
): Promise<Partner> {
  const client = await ours.createClient('ES256');
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  const scopes = ['incidents:read', 'webhooks:write'];
  await pool.query(
    'UPDATE platform_app SET approved_scopes = $2, requested_scopes = $2 WHERE id = $1',
    [client.id, scopes],
  );
  await pool.query(
    `INSERT INTO bundle_grant (id, client_id, tenant_id, bundle_id, version_range, status, valid_from, granted_by, created_at, updated_at)
     SELECT 'bgr_' || name, $1, $2, id, '1.x', 'active', now() - interval '1 hour', 'bench', now(), now()
     FROM operation_bundle WHERE name = ANY ($3)`,
    [client.id, ours.tenantId, bundles],
  );
  await pool.end();
  const response = await fetch(`http://127.0.0.1:${ours.server.port}/v1/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: client.id,
      client_secret: client.secret,
      scope: scopes.join(' '),
    }),
  });
  const { access_token: token } = (await response.json()) as { access_token: string };
  return {
    caller: { clientId: client.id, tenantId: ours.tenantId, scopes },
    headers: { authorization: `Bearer ${token}`, 'x-tenant-id': ours.tenantId },
  };
}

import type { PlatformApp, Tenant } from '#libs/entities';
import { Clock, Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { type EffectivePolicy, effectivePolicy } from '../governance/effective-policy.js';
import type { Governance } from '../governance/governance-flags.js';
import { secretExpiry } from '../secrets/secret-expiry.js';

/** An OAuth client as the authorization server needs it. */
export interface Client {
  app: PlatformApp;
  tenant: Pick<Tenant, 'id' | 'status' | 'name'>;
  /** Not revoked; the expiry is judged at use. */
  secrets: readonly { id: string; digest: Buffer; expiresAt: Date | null }[];
  policy: EffectivePolicy;
  /** Milliseconds since the epoch, just before all of it was read: no change that came later is in it. */
  asOfMs: number;
}

interface Row {
  app: Record<string, unknown>;
  tenant: { id: string; name: string; status: Tenant['status']; governance: Governance };
  secrets: { id: string; digest: string; created_at: string; expires_at: string | null }[];
}

/** One prepared read; the row comes as JSON, so that one statement carries app, tenant and secrets. */
const statement = {
  name: 'find-client',
  text: `SELECT to_jsonb(app) AS app,
           jsonb_build_object('id', tenant.id, 'name', tenant.name, 'status', tenant.status, 'governance', tenant.governance) AS tenant,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'digest', encode(digest, 'hex'),
             'created_at', created_at, 'expires_at', expires_at)), '[]')
            FROM client_secret WHERE app_id = app.id AND revoked_at IS NULL) AS secrets
         FROM platform_app app JOIN tenant ON tenant.id = app.tenant_id
         WHERE app.id = $1 AND app.deleted_at IS NULL`,
};

@Injectable()
export class ClientLookup {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @returns undefined for a client that does not exist or was deleted */
  async find(clientId: string): Promise<Client | undefined> {
    // Whoever is not proved may name anything; PostgreSQL takes no text with U+0000.
    if (clientId.includes('\0')) return undefined;
    const asOfMs = this.clock.now();
    const [row] = await this.database.query<Row>(statement, [clientId]);
    if (!row) return undefined;
    const app = toApp(row.app);
    const policy = effectivePolicy({ app, tenant: row.tenant });
    return {
      app,
      tenant: row.tenant,
      secrets: row.secrets.map(({ id, digest, created_at, expires_at }) => ({
        id,
        digest: Buffer.from(digest, 'hex'),
        expiresAt: secretExpiry(
          new Date(created_at),
          expires_at === null ? null : new Date(expires_at),
          policy,
        ),
      })),
      policy,
      asOfMs,
    };
  }
}

function toApp(row: Record<string, unknown>): PlatformApp {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    name: row.name,
    status: row.status,
    applicationType: row.application_type,
    tokenEndpointAuthMethod: row.token_endpoint_auth_method,
    grantTypes: row.grant_types,
    redirectUris: row.redirect_uris,
    requestedScopes: row.requested_scopes,
    approvedScopes: row.approved_scopes,
    governance: row.governance,
    jwks: row.jwks,
    contacts: row.contacts,
    policyUri: row.policy_uri,
    firstParty: row.first_party,
    version: row.version,
    createdBy: row.created_by,
    createdAt: new Date(String(row.created_at)),
    updatedAt: new Date(String(row.updated_at)),
    deletedAt: null,
  } as PlatformApp;
}

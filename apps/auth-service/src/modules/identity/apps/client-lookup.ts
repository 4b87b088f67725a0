import type { PlatformApp, Tenant } from '#libs/entities';
import { Clock, CoalescedReads, Database } from '#libs/foundation';
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

interface Content {
  app: Record<string, unknown>;
  tenant: { id: string; name: string; status: Tenant['status']; governance: Governance };
  secrets: { id: string; digest: string; created_at: string; expires_at: string | null }[];
}

interface Row {
  id: string;
  version: string;
  /** Null where the version is the one we know. */
  content: Content | null;
}

/**
 * One prepared read of many clients. The version is made of the `xmin` of all the rows that a client consists of,
 * which every change of a row changes; what has not changed is not sent again.
 */
const statement = {
  name: 'find-clients',
  text: `SELECT app.id, state.version, CASE WHEN state.version IS DISTINCT FROM known.version THEN jsonb_build_object(
             'app', to_jsonb(app),
             'tenant', jsonb_build_object('id', tenant.id, 'name', tenant.name, 'status', tenant.status,
               'governance', tenant.governance),
             'secrets', (
               SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'digest', encode(digest, 'hex'),
                 'created_at', created_at, 'expires_at', expires_at)), '[]')
               FROM client_secret WHERE app_id = app.id AND revoked_at IS NULL)) END AS content
         FROM unnest($1::text[], $2::text[]) AS known (id, version)
         JOIN platform_app app ON app.id = known.id AND app.deleted_at IS NULL
         JOIN tenant ON tenant.id = app.tenant_id
         CROSS JOIN LATERAL (
           SELECT concat_ws(' ', app.xmin, tenant.xmin, (
             SELECT string_agg(concat(id, xmin), ' ' ORDER BY id) FROM client_secret
             WHERE app_id = app.id AND revoked_at IS NULL)) AS version OFFSET 0) AS state`,
};

/** What was made of the content of one version. */
interface Known {
  version: string;
  client: Omit<Client, 'asOfMs'>;
}

/** A row with what was known when it was asked for: another read may have learnt of a newer version since. */
interface Read {
  row: Row;
  known: Known | undefined;
  asOfMs: number;
}

const mostKnown = 10_000;

@Injectable()
export class ClientLookup {
  private readonly known = new Map<string, Known>();
  private readonly reads = new CoalescedReads((ids) => this.read(ids));

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @returns undefined for a client that does not exist or was deleted */
  async find(clientId: string): Promise<Client | undefined> {
    // Whoever is not proved may name anything; PostgreSQL takes no text with U+0000.
    if (clientId.includes('\0')) return undefined;
    const read = await this.reads.find(clientId);
    return read && { ...this.clientOf(read), asOfMs: read.asOfMs };
  }

  private async read(ids: readonly string[]): Promise<ReadonlyMap<string, Read>> {
    const asOfMs = this.clock.now();
    const known = new Map(ids.map((id) => [id, this.known.get(id)]));
    const versions = ids.map((id) => known.get(id)?.version ?? null);
    const rows = await this.database.query<Row>(statement, [ids, versions]);
    return new Map(rows.map((row) => [row.id, { row, known: known.get(row.id), asOfMs }]));
  }

  private clientOf({ row: { id, version, content }, known }: Read): Known['client'] {
    if (!content) {
      if (!known) throw new Error('PostgreSQL left out what was not known');
      return known.client;
    }
    const client = toClient(content);
    this.known.delete(id);
    this.known.set(id, { version, client });
    const [oldest = ''] = this.known.keys();
    if (this.known.size > mostKnown) this.known.delete(oldest);
    return client;
  }
}

function toClient({ app: row, tenant, secrets }: Content): Known['client'] {
  const app = toApp(row);
  const policy = effectivePolicy({ app, tenant });
  return {
    app,
    tenant,
    secrets: secrets.map(({ id, digest, created_at, expires_at }) => ({
      id,
      digest: Buffer.from(digest, 'hex'),
      expiresAt: secretExpiry(
        new Date(created_at),
        expires_at === null ? null : new Date(expires_at),
        policy,
      ),
    })),
    policy,
  };
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

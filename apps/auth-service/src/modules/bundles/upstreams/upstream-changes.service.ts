import { isDeepStrictEqual } from 'node:util';
import { AppError, Clock, Database, type Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { AuthConfig } from '../../../config.js';
import { AuditLog, SYSTEM_TENANT, type TenantAdministrator } from '../../identity/index.js';
import { assertReachable } from './assert-reachable.js';
import { sealCredential } from './seal-credential.js';
import { UPSTREAM_COLUMNS, type UpstreamRow } from './upstream.query.js';
import { toUpstream, type UpdateUpstreamBody } from './upstreams.dto.js';

/**
 * What operators change of an upstream. Running gateways hear of it as of a new bundle. Name, kind and schema stay:
 * the operations that run there were approved against them.
 */
@Injectable()
export class UpstreamChanges {
  constructor(
    private readonly config: AuthConfig,
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError not_found; validation_failed where the gateway would not connect, or a credential would change hands */
  async update(
    by: TenantAdministrator,
    id: string,
    body: UpdateUpstreamBody,
  ): Promise<UpstreamRow> {
    if (body.base_url !== undefined || body.allow_cidrs !== undefined)
      await assertReachable(change(await read(this.database, id), body), this.config, this.clock);
    return this.database.transaction(async (transaction) => {
      const before = await read(transaction, id, ' FOR UPDATE');
      const after = change(before, body);
      if (body.credential === undefined && isDeepStrictEqual(after, before)) return before;
      assertCredentialStays(before, after, body);
      await this.write(transaction, after, body.credential);
      await this.audit.record(transaction, {
        tenantId: SYSTEM_TENANT,
        actor: { kind: by.kind, id: by.name },
        action: 'upstream.updated',
        target: { kind: 'upstream', id },
        request: by.request,
        before: toUpstream(before),
        after: {
          ...toUpstream(after),
          ...(body.credential === undefined ? {} : { credential_changed: true }),
        },
      });
      return after;
    });
  }

  private async write(
    sql: Sql,
    after: UpstreamRow,
    credential: string | null | undefined,
  ): Promise<void> {
    const sealed = credential ? sealCredential(this.config.secretBox, after.id, credential) : null;
    await sql.execute(
      `UPDATE upstream SET base_url = $2, auth_mode = $3, credential = CASE WHEN $4 THEN $5 ELSE credential END,
         header_allow_list = $6, allow_cidrs = $7, timeout_ms = $8, max_response_bytes = $9, breaker_failures = $10,
         breaker_open_ms = $11, updated_at = $12
       WHERE id = $1`,
      [
        after.id,
        after.base_url,
        after.auth_mode,
        credential !== undefined,
        sealed,
        after.header_allow_list,
        after.allow_cidrs,
        after.timeout_ms,
        after.max_response_bytes,
        after.breaker_failures,
        after.breaker_open_ms,
        this.clock.date(),
      ],
    );
  }
}

async function read(sql: Sql, id: string, lock = ''): Promise<UpstreamRow> {
  const [row] = await sql.query<UpstreamRow>(
    `SELECT ${UPSTREAM_COLUMNS} FROM upstream WHERE id = $1${lock}`,
    [id],
  );
  if (!row) throw new AppError('not_found');
  return row;
}

/** Absent means keep; a credential of null goes. */
function change(row: UpstreamRow, body: UpdateUpstreamBody): UpstreamRow {
  const mode = body.credential === null ? 'none' : 'service';
  return {
    ...row,
    base_url: body.base_url ?? row.base_url,
    auth_mode: body.credential === undefined ? row.auth_mode : mode,
    header_allow_list: body.header_allow_list ?? row.header_allow_list,
    allow_cidrs: body.allow_cidrs ?? row.allow_cidrs,
    timeout_ms: body.timeout_ms ?? row.timeout_ms,
    max_response_bytes: body.max_response_bytes ?? row.max_response_bytes,
    breaker_failures: body.breaker_failures ?? row.breaker_failures,
    breaker_open_ms: body.breaker_open_ms ?? row.breaker_open_ms,
  };
}

/** Whoever moves an upstream must not be able to read its credential at another origin. */
function assertCredentialStays(
  before: UpstreamRow,
  after: UpstreamRow,
  { credential }: UpdateUpstreamBody,
): void {
  if (before.auth_mode === 'none' || credential !== undefined) return;
  if (new URL(before.base_url).origin === new URL(after.base_url).origin) return;
  const message = 'Another origin needs a credential of its own: give it, or null for none.';
  throw new AppError('validation_failed', {
    detail: message,
    errors: [{ pointer: '/credential', code: 'required', message }],
  });
}

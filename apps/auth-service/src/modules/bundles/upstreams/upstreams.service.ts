import { AppError, Clock, Database, Ids } from '#libs/foundation';
import { upstreamSchema } from '#libs/operations';
import { Injectable } from '@nestjs/common';
import { AuthConfig } from '../../../config.js';
import { AuditLog, SYSTEM_TENANT, type TenantAdministrator } from '../../identity/index.js';
import { assertReachable } from './assert-reachable.js';
import { sealCredential } from './seal-credential.js';
import { UPSTREAM_COLUMNS, type UpstreamRow } from './upstream.query.js';
import type { CreateUpstreamBody } from './upstreams.dto.js';

/** Systems behind the gateway that approved operations may run at. Only operators name addresses. */
@Injectable()
export class UpstreamsService {
  constructor(
    private readonly config: AuthConfig,
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  async list(): Promise<UpstreamRow[]> {
    return this.database.query<UpstreamRow>(
      `SELECT ${UPSTREAM_COLUMNS} FROM upstream ORDER BY name`,
    );
  }

  /** @throws AppError validation_failed where the SDL is no schema or the gateway would not connect; conflict where the name is taken */
  async create(by: TenantAdministrator, body: CreateUpstreamBody): Promise<UpstreamRow> {
    assertSchema(body.schema_sdl);
    await assertReachable(body, this.config, this.clock);
    const id = this.ids.create('ups');
    return this.database.transaction(async (transaction) => {
      const [row] = await transaction.query<UpstreamRow>(
        `INSERT INTO upstream (id, name, kind, base_url, schema_sdl, auth_mode, credential, header_allow_list, allow_cidrs,
           timeout_ms, max_response_bytes, breaker_failures, breaker_open_ms, created_by, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)
         ON CONFLICT (name) DO NOTHING RETURNING ${UPSTREAM_COLUMNS}`,
        [
          id,
          body.name,
          body.kind,
          body.base_url,
          body.schema_sdl,
          body.auth_mode,
          body.credential === undefined
            ? null
            : sealCredential(this.config.secretBox, id, body.credential),
          body.header_allow_list,
          body.allow_cidrs,
          body.timeout_ms,
          body.max_response_bytes,
          body.breaker_failures,
          body.breaker_open_ms,
          by.name,
          this.clock.date(),
        ],
      );
      if (!row) throw new AppError('conflict', { detail: 'An upstream with this name exists.' });
      await this.audit.record(transaction, {
        tenantId: SYSTEM_TENANT,
        actor: { kind: by.kind, id: by.name },
        action: 'upstream.created',
        target: { kind: 'upstream', id },
        request: by.request,
        after: { name: body.name, kind: body.kind, base_url: body.base_url },
      });
      return row;
    });
  }
}

function assertSchema(sdl: string): void {
  try {
    upstreamSchema(sdl);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.slice(0, 500) : 'unknown reason';
    throw new AppError('validation_failed', {
      detail: 'schema_sdl is no GraphQL schema.',
      errors: [{ pointer: '/schema_sdl', code: 'invalid', message }],
      cause,
    });
  }
}

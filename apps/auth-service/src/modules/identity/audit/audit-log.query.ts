import { CursorCodec, Database, type Page, toPage } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import type { AuditLogFilter } from './audit-log.dto.js';
import type { StoredAuditEntry } from './stored-audit-entry.js';

/** Reads of one tenant's chain. */
@Injectable()
export class AuditLogQuery {
  constructor(
    private readonly database: Database,
    private readonly cursors: CursorCodec,
  ) {}

  /** Newest first. @throws AppError invalid_cursor */
  async list(tenantId: string, filter: AuditLogFilter): Promise<Page<StoredAuditEntry>> {
    const { limit, cursor, action, target_id: targetId } = filter;
    const scope = JSON.stringify(['audit-log', tenantId, action ?? null, targetId ?? null]);
    const before = cursor === undefined ? null : this.cursors.decode(scope, cursor)[0];
    const rows = await this.database.query<StoredAuditEntry>(
      `SELECT seq, at, actor_kind, actor_id, action, target_kind, target_id, ip, user_agent, request_id, before, after,
         prev_hash, hash
       FROM audit_log
       WHERE tenant_id = $1 AND ($2::bigint IS NULL OR seq < $2) AND ($3::text IS NULL OR action = $3)
         AND ($4::text IS NULL OR target_id = $4)
       ORDER BY seq DESC LIMIT $5`,
      [tenantId, before, action ?? null, targetId ?? null, limit + 1],
    );
    return toPage(rows, limit, this.cursors, scope, ({ seq }) => [seq]);
  }
}

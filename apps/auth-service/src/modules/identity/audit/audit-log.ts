import { createHash } from 'node:crypto';
import { Clock, type RequestFacts, type Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';

/** What concerns no tenant is chained under this name. */
export const SYSTEM_TENANT = 'system';

export interface AuditEntry {
  tenantId: string;
  actor: { kind: string; id: string };
  /** `app.created`, `app.secret.rotated`, … */
  action: string;
  target: { kind: string; id: string };
  request: Pick<RequestFacts, 'id' | 'ip' | 'userAgent'>;
  /** State before and after, without secrets. */
  before?: Readonly<Record<string, unknown>>;
  after?: Readonly<Record<string, unknown>>;
}

/** The append-only audit log: one hash chain per tenant, written in the transaction of the change itself. */
@Injectable()
export class AuditLog {
  constructor(private readonly clock: Clock) {}

  async record(transaction: Sql, entry: AuditEntry): Promise<void> {
    await transaction.query(
      `SELECT pg_advisory_xact_lock(hashtextextended('audit_log:' || $1, 0))`,
      [entry.tenantId],
    );
    const [last] = await transaction.query<{ seq: string; hash: Buffer }>(
      'SELECT seq, hash FROM audit_log WHERE tenant_id = $1 ORDER BY seq DESC LIMIT 1',
      [entry.tenantId],
    );
    const row: AuditRow = {
      tenantId: entry.tenantId,
      seq: Number(last?.seq ?? 0) + 1,
      at: this.clock.date().toISOString(),
      actorKind: entry.actor.kind,
      actorId: entry.actor.id,
      action: entry.action,
      targetKind: entry.target.kind,
      targetId: entry.target.id,
      ip: entry.request.ip,
      userAgent: entry.request.userAgent,
      requestId: entry.request.id,
      before: entry.before ?? null,
      after: entry.after ?? null,
    };
    const previous = last?.hash ?? Buffer.alloc(32);
    await transaction.execute(
      `INSERT INTO audit_log (tenant_id, seq, at, actor_kind, actor_id, action, target_kind, target_id, ip, user_agent,
         request_id, before, after, prev_hash, hash)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
      [...(Object.values(row) as unknown[]), previous, chainHash(previous, row)],
    );
  }
}

/** One entry as it is hashed; the order of the members is part of the chain. */
export interface AuditRow {
  tenantId: string;
  seq: number;
  at: string;
  actorKind: string;
  actorId: string;
  action: string;
  targetKind: string;
  targetId: string;
  ip: string;
  userAgent: string;
  requestId: string;
  before: Readonly<Record<string, unknown>> | null;
  after: Readonly<Record<string, unknown>> | null;
}

/** SHA-256 over the previous hash and the canonical JSON of the entry (members sorted at every depth). */
export function chainHash(previous: Buffer, row: AuditRow): Buffer {
  return createHash('sha256').update(previous).update(canonicalJson(row)).digest();
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

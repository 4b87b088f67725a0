/** A row of `audit_log`, but for its tenant. */
export interface StoredAuditEntry {
  seq: string;
  at: Date;
  actor_kind: string;
  actor_id: string;
  action: string;
  target_kind: string;
  target_id: string;
  ip: string;
  user_agent: string;
  request_id: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  prev_hash: Buffer;
  hash: Buffer;
}

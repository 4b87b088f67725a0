import { pageQuery } from '#libs/foundation';
import { z } from 'zod';
import type { StoredAuditEntry } from './stored-audit-entry.js';

export const auditLogQuery = pageQuery.extend({
  action: z
    .string()
    .regex(/^[a-z0-9_.]{1,64}$/)
    .optional(),
  target_id: z
    .string()
    .regex(/^[\w:.@-]{1,80}$/)
    .optional(),
});

export type AuditLogFilter = z.output<typeof auditLogQuery>;

const state = z.record(z.string(), z.unknown()).nullable();
const party = z.strictObject({ kind: z.string(), id: z.string() });

const auditEntryResponse = z.strictObject({
  seq: z.int(),
  at: z.string(),
  actor: party,
  action: z.string(),
  target: party,
  ip: z.string(),
  user_agent: z.string(),
  request_id: z.string(),
  before: state,
  after: state,
  /** Chained: SHA-256 over the hash of the entry before and this one, in hexadecimal. */
  hash: z.string(),
});

export const auditLogResponse = z.strictObject({
  entries: z.array(auditEntryResponse),
  next_cursor: z.string().nullable(),
});

export function toAuditEntry(entry: StoredAuditEntry): z.output<typeof auditEntryResponse> {
  return {
    seq: Number(entry.seq),
    at: entry.at.toISOString(),
    actor: { kind: entry.actor_kind, id: entry.actor_id },
    action: entry.action,
    target: { kind: entry.target_kind, id: entry.target_id },
    ip: entry.ip,
    user_agent: entry.user_agent,
    request_id: entry.request_id,
    before: entry.before,
    after: entry.after,
    hash: entry.hash.toString('hex'),
  };
}

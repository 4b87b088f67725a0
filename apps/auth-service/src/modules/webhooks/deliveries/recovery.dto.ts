import { encodeId } from '#libs/foundation';
import { z } from 'zod';
import { statusOf } from './delivery-codes.js';
import type { RecoveryRow } from './recovery.query.js';

const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

export const recoverBody = z
  .strictObject({
    since: instant,
    until: instant,
    statuses: z.array(z.enum(['failed', 'canceled', 'skipped'])).min(1),
  })
  .partial({ until: true, statuses: true });

export type RecoverBody = z.output<typeof recoverBody>;

export const recoveryResponse = z.strictObject({
  id: z.string(),
  status: z.enum(['running', 'finished', 'canceled']),
  since: z.string(),
  until: z.string(),
  statuses: z.array(z.string()),
  matched: z.number(),
  enqueued: z.number(),
  created_at: z.string(),
  finished_at: z.string().nullable(),
});

export type RecoveryResponse = z.output<typeof recoveryResponse>;

export const recoveryList = z.strictObject({ recoveries: z.array(recoveryResponse) });

export function toRecoveryResponse(row: RecoveryRow): RecoveryResponse {
  return {
    id: encodeId('rcv', row.id),
    status: row.status,
    since: row.since.toISOString(),
    until: row.until.toISOString(),
    statuses: row.statuses.map(statusOf),
    matched: Number(row.matched),
    enqueued: Number(row.enqueued),
    created_at: row.created_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
  };
}

import { encodeId } from '#libs/foundation';
import { z } from 'zod';
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
  matched: z.number(),
  enqueued: z.number(),
  finished_at: z.string().nullable(),
});

export type RecoveryResponse = z.output<typeof recoveryResponse>;

export const recoveryList = z.strictObject({ recoveries: z.array(recoveryResponse) });

export function toRecoveryResponse(row: RecoveryRow): RecoveryResponse {
  return {
    id: encodeId('rcv', row.id),
    status: row.status,
    matched: Number(row.matched),
    enqueued: Number(row.enqueued),
    finished_at: row.finished_at?.toISOString() ?? null,
  };
}

import type { Sql } from '#libs/foundation';
import { type DeliveryStatus, storedStatus } from './delivery-codes.js';
import { type DeliveryRow, showDeliveries } from './delivery.query.js';

export interface DeliveryFilter {
  statuses?: readonly DeliveryStatus[] | undefined;
  event?: string | undefined;
  eventId?: string | undefined;
  test?: boolean | undefined;
  /** Inclusive. */
  since?: Date | undefined;
  /** Exclusive. */
  until?: Date | undefined;
}

/** Deliveries that one walk through an index finds: of these stored statuses, each by itself; or of any. */
interface Branch {
  statuses?: readonly number[];
  condition?: string;
}

/**
 * One page, newest first, by keyset alone: what is inserted meanwhile moves nothing. Every filter is the beginning of
 * an index that goes on with the id, so that a page costs the same however many deliveries do not match: (webhook_id,
 * id), (webhook_id, status, id), (webhook_id, event_type, status, id), (event_id, webhook_id), and that of the tests.
 * @param before id of the last delivery of the page before
 */
export async function listDeliveries(
  sql: Sql,
  webhook: { id: string; enabled: boolean },
  filter: DeliveryFilter,
  limit: number,
  before?: string,
): Promise<DeliveryRow[]> {
  const branches = branchesOf(filter, webhook.enabled);
  if (branches.length === 0) return [];
  const values: unknown[] = [webhook.id];
  const place = (value: unknown): string => `$${values.push(value)}`;
  const conditions = ['d.webhook_id = $1'];
  if (before !== undefined) conditions.push(`d.id < ${place(before)}::uuid`);
  if (filter.since) conditions.push(`d.id >= uuid_v7_floor(${place(filter.since)}::timestamptz)`);
  if (filter.until) conditions.push(`d.id < uuid_v7_floor(${place(filter.until)}::timestamptz)`);
  if (filter.event !== undefined) conditions.push(`d.event_type = ${place(filter.event)}`);
  if (filter.eventId !== undefined) conditions.push(`d.event_id = ${place(filter.eventId)}::uuid`);
  // Said in so many words: the few tests have an index of their own.
  if (filter.test !== undefined) conditions.push(filter.test ? 'd.is_test' : 'NOT d.is_test');

  const walk = ({ statuses, condition }: Branch): string => {
    const all = [...conditions, ...(condition ? [condition] : [])];
    const newest = (more: readonly string[]): string =>
      `SELECT d.* FROM webhook_delivery d WHERE ${[...all, ...more].join(' AND ')} ORDER BY d.id DESC LIMIT ${limit}`;
    // Planned once, walked once for each status.
    return statuses
      ? `SELECT found.* FROM unnest(${place(statuses)}::smallint[]) AS stored (status)
         CROSS JOIN LATERAL (${newest(['d.status = stored.status'])}) found`
      : `(${newest([])})`;
  };
  return showDeliveries(sql, branches.map(walk).join(' UNION ALL '), limit, values);
}

/** What is under way: few, and found first, whatever the planner thinks of the statuses of the rest. */
const underWay = `ANY (ARRAY(SELECT p.delivery_id FROM webhook_pending p WHERE p.webhook_id = $1 AND p.lease IS NOT NULL))`;

/** What the API calls a status, in terms of the stored one, the lease and the webhook. */
function branchesOf({ statuses, event }: DeliveryFilter, enabled: boolean): Branch[] {
  if (!statuses) return event === undefined ? [{}] : [{ statuses: Object.values(storedStatus) }];
  const asked = new Set(statuses);
  const ended = stored(['succeeded', 'failed', 'canceled', 'skipped'], asked);
  const open = stored(['queued', 'retrying'], asked);
  const branches: Branch[] = [];
  if (ended.length > 0) branches.push({ statuses: ended });
  if (asked.has('delivering')) branches.push({ condition: `d.id = ${underWay}` });
  if (open.length > 0)
    branches.push({
      statuses: open,
      condition: `NOT (d.id = ${underWay})${enabled ? '' : ' AND d.is_test'}`,
    });
  if (asked.has('paused') && !enabled)
    branches.push({
      statuses: [storedStatus.queued, storedStatus.retrying],
      condition: `NOT (d.id = ${underWay}) AND NOT d.is_test`,
    });
  return branches;
}

const stored = (
  names: readonly (keyof typeof storedStatus)[],
  asked: ReadonlySet<string>,
): number[] => names.filter((name) => asked.has(name)).map((name) => storedStatus[name]);

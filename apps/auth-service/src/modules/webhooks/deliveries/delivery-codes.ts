/** Numbers of the columns `status`, `reason` and `trigger`. Append only: the history is full of them. */
export const storedStatus = {
  queued: 0,
  retrying: 1,
  succeeded: 2,
  failed: 3,
  canceled: 4,
  skipped: 5,
} as const;

export type StoredStatus = keyof typeof storedStatus;

/** What the API shows: `delivering` while a lease is held, `paused` while the webhook is disabled. */
export type DeliveryStatus = StoredStatus | 'delivering' | 'paused';

export const deliveryStatuses = [
  'queued',
  'delivering',
  'retrying',
  'paused',
  'succeeded',
  'failed',
  'canceled',
  'skipped',
] as const satisfies readonly DeliveryStatus[];

/** Everything below is still to be delivered. */
export const FIRST_TERMINAL_STATUS = storedStatus.succeeded;

export const storedReason = {
  exhausted: 1,
  expired: 2,
  gone: 3,
  aborted_by_receiver: 4,
  blocked_destination: 5,
  payload_expired: 6,
  webhook_deleted: 7,
  webhook_disabled: 8,
  unsubscribed: 9,
  approval_revoked: 10,
  app_suspended: 11,
  over_quota: 12,
} as const;

export type DeliveryReason = keyof typeof storedReason;

export const storedTrigger = { event: 0, manual: 1, recovery: 2, test: 3 } as const;

export type DeliveryTrigger = keyof typeof storedTrigger;

const byNumber = <Name extends string>(codes: Readonly<Record<Name, number>>): Map<number, Name> =>
  new Map(Object.entries<number>(codes).map(([name, code]) => [code, name as Name]));

const statusNames = byNumber<StoredStatus>(storedStatus);
const reasonNames = byNumber<DeliveryReason>(storedReason);
const triggerNames = byNumber<DeliveryTrigger>(storedTrigger);

export const statusOf = (code: number): StoredStatus => named(statusNames, code);
export const reasonOf = (code: number | null): DeliveryReason | null =>
  code === null ? null : named(reasonNames, code);
export const triggerOf = (code: number): DeliveryTrigger => named(triggerNames, code);

function named<Name>(names: ReadonlyMap<number, Name>, code: number): Name {
  const name = names.get(code);
  if (name === undefined) throw new Error(`the history holds the unknown code ${code}`);
  return name;
}

import { isDeepStrictEqual } from 'node:util';
import {
  AppError,
  assertIfMatch,
  Clock,
  Database,
  type EntityTags,
  type Sql,
} from '#libs/foundation';
import type { Actor } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../identity/index.js';
import { cancelPending } from '../deliveries/cancel-pending.js';
import { LaneQueue } from '../worker/lane-queue.js';
import { auditedWebhook } from './audited-webhook.js';
import { endWebhooks } from './end-webhooks.js';
import { SecretRotation } from './secret-rotation.js';
import { subscribe } from './subscribe.js';
import { TenantSigningKeys } from './tenant-signing-keys.js';
import { WebhookRules } from './webhook-rules.js';
import type { UpdateWebhookBody } from './webhook.dto.js';
import { findWebhook, lockWebhook, type WebhookRow } from './webhook.query.js';

/** Pending deliveries of a changed URL are spread over this long. */
const RETRY_SPREAD_MS = 5_000;

export interface ChangeContext {
  ifMatch: EntityTags | undefined;
  /** The request carries an Idempotency-Key. */
  isIdempotent: boolean;
}

/** Changes and deletes webhooks. What a request leaves out stays as it is. */
@Injectable()
export class WebhookChanges {
  constructor(
    private readonly database: Database,
    private readonly rules: WebhookRules,
    private readonly rotation: SecretRotation,
    private readonly tenantKeys: TenantSigningKeys,
    private readonly audit: AuditLog,
    private readonly lanes: LaneQueue,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError as create, and not_found, etag_mismatch, idempotency_key_required, rotation_limit */
  async update(
    actor: Actor,
    wireId: string,
    input: UpdateWebhookBody,
    { ifMatch, isIdempotent }: ChangeContext,
  ): Promise<{ webhook: WebhookRow; generatedSecret: string | undefined }> {
    if (input.secret === null && !isIdempotent) {
      throw new AppError('idempotency_key_required', {
        detail:
          'A new secret is shown once: send an Idempotency-Key, so that a repeated request shows the same one.',
      });
    }
    await findWebhook(this.database, actor, wireId);
    const url = input.url === undefined ? undefined : await this.rules.checkUrl(input.url);
    const secret = input.secret == null ? input.secret : this.rules.parseSecret(input.secret);
    const result = await this.database.transaction(async (transaction) => {
      if (input.signature !== undefined && input.signature !== 'hmac')
        await this.tenantKeys.ensure(transaction, actor.tenantId);
      const before = await this.lock(transaction, actor, wireId, ifMatch);
      const removed = input.events
        ? await this.replaceEvents(transaction, before, input.events)
        : [];
      if (input.enabled && !before.enabled && !input.events)
        await this.rules.checkAnyApproved(transaction, before.app_id, before.events);
      const { rotated, changed, generated } = await this.rotation.rotate(transaction, before.id, {
        secret,
        overlapSeconds: input.secret_overlap_seconds,
      });
      if (!changed && !changes(before, { ...input, url }))
        return { webhook: before, generatedSecret: undefined };
      assertSigned(before, input, rotated);
      await this.write(transaction, before, { ...input, url }, rotated);
      if (url !== undefined && url !== before.url) await this.retrySoon(transaction, before.id);
      if (removed.length > 0)
        await cancelPending(transaction, [before.id], 'unsubscribed', this.clock.date(), removed);
      const webhook = await findWebhook(transaction, actor, wireId);
      await this.audit.record(transaction, {
        ...auditedWebhook(actor, webhook, before),
        action: rotated ? 'webhook.secret_rotated' : 'webhook.updated',
      });
      return { webhook, generatedSecret: generated };
    });
    if (result.webhook.enabled) {
      const { id: webhookId, tenant_id: tenantId } = result.webhook;
      await this.lanes.wake([{ webhookId, tenantId, slow: false }]);
    }
    return result;
  }

  /** @throws AppError not_found, etag_mismatch */
  async delete(actor: Actor, wireId: string, ifMatch: EntityTags | undefined): Promise<void> {
    await this.database.transaction(async (transaction) => {
      const before = await this.lock(transaction, actor, wireId, ifMatch);
      await endWebhooks(transaction, [before.id], this.clock.date());
      await this.audit.record(transaction, {
        ...auditedWebhook(actor, undefined, before),
        action: 'webhook.deleted',
      });
    });
  }

  private async lock(
    transaction: Sql,
    actor: Actor,
    wireId: string,
    ifMatch: EntityTags | undefined,
  ): Promise<WebhookRow> {
    const row = await lockWebhook(transaction, actor, wireId);
    const [tenant] = await transaction.query<{ require_if_match: boolean }>(
      'SELECT require_if_match FROM tenant WHERE id = $1',
      [row.tenant_id],
    );
    assertIfMatch(ifMatch, row.version, tenant?.require_if_match ?? false);
    return row;
  }

  /** Types that are new get what is published from now on. @returns those that are no longer subscribed to */
  private async replaceEvents(
    transaction: Sql,
    before: WebhookRow,
    events: readonly string[],
  ): Promise<string[]> {
    await this.rules.checkEvents(transaction, before.app_id, events);
    const removed = before.events.filter((name) => !events.includes(name));
    await transaction.execute(
      'DELETE FROM webhook_event_sub WHERE webhook_id = $1 AND event_type = ANY ($2)',
      [before.id, removed],
    );
    await subscribe(transaction, before.id, events, this.clock.date());
    return removed;
  }

  /** A new URL, or being enabled again, is a fresh start: no breaker, pause or failing clock. */
  private async write(
    transaction: Sql,
    before: WebhookRow,
    input: UpdateWebhookBody & { url: string | undefined },
    rotated: boolean,
  ): Promise<void> {
    const enabled = input.enabled ?? before.enabled;
    const isFresh =
      (enabled && !before.enabled) || (input.url !== undefined && input.url !== before.url);
    await transaction.execute(
      `UPDATE webhook SET url = $2, description = $3, enabled = $4,
         disabled_reason = CASE WHEN $4 THEN NULL ELSE coalesce(disabled_reason, 'user') END,
         ordering = $5, signature = $6,
         secret_last_rotated_at = CASE WHEN $7 THEN $8 ELSE secret_last_rotated_at END,
         breaker = CASE WHEN $9 THEN '{}' ELSE breaker END,
         paused_until = CASE WHEN $9 THEN NULL ELSE paused_until END,
         failing_since = CASE WHEN $9 THEN NULL ELSE failing_since END,
         last_failure_at = CASE WHEN $9 THEN NULL ELSE last_failure_at END,
         failing_notices = CASE WHEN $9 THEN 0 ELSE failing_notices END,
         failed_deliveries = CASE WHEN $9 THEN 0 ELSE failed_deliveries END,
         slow = slow AND NOT $9, version = version + 1, updated_at = $8
       WHERE id = $1`,
      [
        before.id,
        input.url ?? before.url,
        input.description === undefined ? before.description : input.description,
        enabled,
        input.ordering ?? before.ordering,
        input.signature ?? before.signature,
        rotated,
        this.clock.date(),
        isFresh,
      ],
    );
  }

  /** Tests are never due: no lane may claim them. */
  private async retrySoon(transaction: Sql, webhookId: string): Promise<void> {
    await transaction.execute(
      `WITH held AS MATERIALIZED (
         SELECT delivery_id FROM webhook_pending WHERE webhook_id = $1 AND due_at < 'infinity'
         ORDER BY delivery_id FOR UPDATE
       )
       UPDATE webhook_pending p
       SET due_at = least(p.due_at, $2::timestamptz
         + (('x' || substr(md5(p.delivery_id::text), 1, 4))::bit(16)::int % $3) * interval '1 millisecond')
       FROM held WHERE p.delivery_id = held.delivery_id`,
      [webhookId, this.clock.date(), RETRY_SPREAD_MS],
    );
  }
}

/** Whether the request asks for anything, the keys aside, that is not so already. */
function changes(before: WebhookRow, input: UpdateWebhookBody): boolean {
  const { url, events, description, enabled, ordering, signature } = before;
  const now = { url, events, description, enabled, ordering, signature };
  return !isDeepStrictEqual({ ...now, ...named(input) }, now);
}

/** The members of the request that the webhook's row has as well and the request does not leave out. */
function named({ url, events, description, enabled, ordering, signature }: UpdateWebhookBody) {
  const members = { url, events, description, enabled, ordering, signature };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** @throws AppError validation_failed where the webhook would have to sign with a secret and has none */
function assertSigned(before: WebhookRow, input: UpdateWebhookBody, rotated: boolean): void {
  const signature = input.signature ?? before.signature;
  if (signature === 'ed25519' || before.secret_hint !== null || rotated) return;
  const message = 'Send a secret, or null to have one made: the webhook has none to sign with.';
  const errors = [{ pointer: '/secret', code: 'required', message }];
  throw new AppError('validation_failed', { detail: message, errors });
}

import {
  AppError,
  Clock,
  CursorCodec,
  Database,
  encodeId,
  Ids,
  type Page,
  type Sql,
  toPage,
} from '#libs/foundation';
import { type Actor, hasRole } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../identity/index.js';
import { SigningSecret } from '../signing/signing-secret.js';
import { auditedWebhook } from './audited-webhook.js';
import { subscribe } from './subscribe.js';
import { TenantSigningKeys } from './tenant-signing-keys.js';
import { WebhookKeys } from './webhook-keys.js';
import { WebhookRules } from './webhook-rules.js';
import { visibleApp } from './webhook-scope.js';
import type { CreateWebhookBody, WebhookListQuery } from './webhook.dto.js';
import { findWebhook, listWebhooks, type WebhookRow } from './webhook.query.js';

const WEBHOOKS_PER_APP = 20;

export interface CreatedWebhook {
  webhook: WebhookRow;
  /** Shown once, where the server made it. */
  generatedSecret: string | undefined;
}

/** Creates and reads webhook subscriptions. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly database: Database,
    private readonly rules: WebhookRules,
    private readonly keys: WebhookKeys,
    private readonly tenantKeys: TenantSigningKeys,
    private readonly audit: AuditLog,
    private readonly cursors: CursorCodec,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError invalid_url, weak_secret, unknown_event, event_not_approved, limit_reached, validation_failed */
  async create(actor: Actor, input: CreateWebhookBody): Promise<CreatedWebhook> {
    const url = await this.rules.checkUrl(input.url);
    const secret = this.secretFor(input);
    return this.database.transaction(async (transaction) => {
      const appId = await owningApp(transaction, actor, input.app_id);
      if (input.signature !== undefined && input.signature !== 'hmac')
        await this.tenantKeys.ensure(transaction, actor.tenantId);
      await this.rules.checkEvents(transaction, appId, input.events);
      const id = this.ids.uuid();
      const now = this.clock.date();
      const enabled = input.enabled ?? true;
      await transaction.execute(
        `INSERT INTO webhook (id, tenant_id, app_id, url, description, enabled, disabled_reason, ordering, signature,
           secret_last_rotated_at, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)`,
        [
          id,
          actor.tenantId,
          appId,
          url,
          input.description ?? null,
          enabled,
          enabled ? null : 'user',
          input.ordering ?? 'best_effort',
          input.signature ?? 'hmac',
          secret ? now : null,
          now,
        ],
      );
      await subscribe(transaction, id, input.events, now);
      if (secret) await this.keys.add(transaction, id, secret);
      const webhook = await findWebhook(transaction, actor, encodeId('wh', id));
      await this.audit.record(transaction, {
        ...auditedWebhook(actor, webhook),
        action: 'webhook.created',
      });
      return {
        webhook,
        generatedSecret: input.secret === undefined ? secret?.reveal() : undefined,
      };
    });
  }

  /** Null where nothing would be signed with one. @throws AppError weak_secret */
  private secretFor({ secret, signature }: CreateWebhookBody): SigningSecret | null {
    if (secret !== undefined) return this.rules.parseSecret(secret);
    return signature === 'ed25519' ? null : SigningSecret.generate();
  }

  /** @throws AppError not_found */
  async get(actor: Actor, wireId: string): Promise<WebhookRow> {
    return findWebhook(this.database, actor, wireId);
  }

  /** @throws AppError invalid_cursor */
  async list(actor: Actor, query: WebhookListQuery): Promise<Page<WebhookRow>> {
    const scope = `webhooks|${actor.tenantId}|${visibleApp(actor) ?? '*'}|${query.app_id ?? '*'}`;
    const [createdAt, id] =
      query.cursor === undefined ? [] : this.cursors.decode(scope, query.cursor);
    const after = createdAt !== undefined && id !== undefined ? { createdAt, id } : undefined;
    const rows = await listWebhooks(this.database, actor, query.limit + 1, {
      appId: query.app_id,
      after,
    });
    return toPage(rows, query.limit, this.cursors, scope, (row) => [
      row.created_at.toISOString(),
      row.id,
    ]);
  }
}

/**
 * The app a new webhook belongs to, locked so that its limit holds under concurrent creates.
 * @throws AppError validation_failed, limit_reached
 */
async function owningApp(
  transaction: Sql,
  actor: Actor,
  named: string | undefined,
): Promise<string> {
  const own = visibleApp(actor);
  if (own === null && named === undefined)
    throw appIdError('required', 'Name the app that owns the webhook.');
  if (own !== null && named !== undefined)
    throw appIdError('unknown_member', 'A webhook of an app’s token belongs to that app.');
  const [app] = await transaction.query<{ id: string }>(
    `SELECT id FROM platform_app
     WHERE id = $1 AND tenant_id = $2 AND deleted_at IS NULL AND status = 'active' FOR NO KEY UPDATE`,
    [own ?? named, actor.tenantId],
  );
  if (!app) {
    throw hasRole(actor, 'admin')
      ? appIdError('unknown_app', 'There is no active app of this id.')
      : new AppError('app_suspended', { detail: 'The app of this token is not active.' });
  }
  // A statement of its own: one that waited for the lock would count as of before it.
  const [count] = await transaction.query<{ webhooks: number }>(
    'SELECT count(*)::int AS webhooks FROM webhook WHERE app_id = $1 AND deleted_at IS NULL',
    [app.id],
  );
  if ((count?.webhooks ?? 0) >= WEBHOOKS_PER_APP) {
    throw new AppError('limit_reached', {
      detail: `An app has at most ${WEBHOOKS_PER_APP} webhooks; delete one first.`,
    });
  }
  return app.id;
}

const appIdError = (code: string, message: string): AppError =>
  new AppError('validation_failed', {
    detail: 'Correct the members named in errors.',
    errors: [{ pointer: '/app_id', code, message }],
  });

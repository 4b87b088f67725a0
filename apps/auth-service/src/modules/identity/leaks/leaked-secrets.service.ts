import { ClientSecret } from '#libs/entities';
import {
  Clock,
  Database,
  isOpaqueToken,
  type OpaqueTokenKind,
  type RequestFacts,
} from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { lockApp, saveApp } from '../apps/lock-app.js';
import { AuditLog } from '../audit/audit-log.js';
import { SecretDigests } from '../secrets/secret-digests.js';
import { SecretEvents } from '../secrets/secret-events.js';

/** Ends one secret of its kind. @returns whether it was live */
export type LeakHandler = (secret: string, request: RequestFacts) => Promise<boolean>;

/** Ends secrets that were found in public, even the last of an app: it is everybody's by now. */
@Injectable()
export class LeakedSecrets {
  private readonly handlers: { kind: OpaqueTokenKind; end: LeakHandler }[] = [
    { kind: 'cs', end: (secret, request) => this.revokeClientSecret(secret, request) },
  ];

  constructor(
    private readonly database: Database,
    private readonly digests: SecretDigests,
    private readonly events: SecretEvents,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** A feature that keeps secrets says how they end; several may keep one kind. */
  register(kind: OpaqueTokenKind, end: LeakHandler): void {
    this.handlers.push({ kind, end });
  }

  /** @returns whether the text was a live secret of ours */
  async revoke(secret: string, request: RequestFacts): Promise<boolean> {
    for (const { kind, end } of this.handlers)
      if (isOpaqueToken(kind, secret) && (await end(secret, request))) return true;
    return false;
  }

  private async revokeClientSecret(secret: string, request: RequestFacts): Promise<boolean> {
    const [found] = await this.database.query<{ id: string; app_id: string; tenant_id: string }>(
      'SELECT id, app_id, tenant_id FROM client_secret WHERE digest = $1 AND revoked_at IS NULL',
      [this.digests.digest(secret)],
    );
    if (!found) return false;
    const { id, app_id: appId, tenant_id: tenantId } = found;
    await this.database.transaction(async (transaction) => {
      const { app } = await lockApp(transaction, { tenantId }, appId);
      const now = this.clock.date();
      await transaction.manager.update(ClientSecret, { id }, { revokedAt: now });
      await saveApp(transaction, app, {}, now);
      await this.events.publish(transaction, app, 'app.secret.leaked', { secret_id: id });
      await this.audit.record(transaction, {
        tenantId,
        actor: { kind: 'partner', id: 'secret-scanning' },
        action: 'app.secret.leaked',
        target: { kind: 'app', id: appId },
        request,
        after: { secret_id: id },
      });
    });
    return true;
  }
}

import { Clock, Database, type Transaction } from '#libs/foundation';
import { RevocationFeed } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import { AuditLog, SYSTEM_TENANT, type TenantAdministrator } from '../../identity/index.js';
import { type AppliedChange, KeyRing } from '../../jwks/index.js';

/** Who changes keys: a person, or the schedule. */
export type KeyAdministrator = Omit<TenantAdministrator, 'kind'> & {
  kind: TenantAdministrator['kind'] | 'schedule';
};

/** Carries out changes of the signing keys with their audit entries, and lets this instance know at once. */
@Injectable()
export class KeyChanges {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly keyRing: KeyRing,
    private readonly revocations: RevocationFeed,
    private readonly clock: Clock,
  ) {}

  async apply(
    by: KeyAdministrator,
    work: (transaction: Transaction) => Promise<AppliedChange[]>,
  ): Promise<AppliedChange[]> {
    const changes = await this.database.transaction(async (transaction) => {
      const applied = await work(transaction);
      for (const { kind, kid, alg, early } of applied) {
        await this.audit.record(transaction, {
          tenantId: SYSTEM_TENANT,
          actor: { kind: by.kind, id: by.name },
          action: `signing_key.${kind}`,
          target: { kind: 'signing_key', id: kid },
          request: by.request,
          after: {
            alg,
            at: this.clock.date().toISOString(),
            ...(early ? { emergency: true } : {}),
          },
        });
      }
      return applied;
    });
    if (changes.length > 0) await Promise.all([this.keyRing.refresh(), this.revocations.refresh()]);
    return changes;
  }
}

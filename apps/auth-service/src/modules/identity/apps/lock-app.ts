import { PlatformApp, Tenant } from '#libs/entities';
import { AppError, assertIfMatch, type EntityTags, type Transaction } from '#libs/foundation';
import type { Actor } from '#libs/guards';
import { IsNull } from 'typeorm';
import { type EffectivePolicy, effectivePolicy } from '../governance/effective-policy.js';

export interface LockedApp {
  app: PlatformApp;
  tenant: Tenant;
  policy: EffectivePolicy;
}

/**
 * An app of the actor's tenant with its row locked until the end of the transaction: changes of one app, its
 * secrets and its tokens take turns.
 * @param ifMatch undefined where the route knows no If-Match
 * @throws AppError not_found, etag_mismatch, if_match_required
 */
export async function lockApp(
  transaction: Transaction,
  actor: Pick<Actor, 'tenantId'>,
  clientId: string,
  ifMatch?: { tags: EntityTags | undefined },
): Promise<LockedApp> {
  const app = await transaction.manager.findOne(PlatformApp, {
    where: { id: clientId, tenantId: actor.tenantId, deletedAt: IsNull() },
    lock: { mode: 'for_no_key_update' },
  });
  if (!app) throw new AppError('not_found');
  const tenant = await transaction.manager.findOneByOrFail(Tenant, { id: app.tenantId });
  if (ifMatch) assertIfMatch(ifMatch.tags, app.version, tenant.requireIfMatch);
  return { app, tenant, policy: effectivePolicy({ app, tenant }) };
}

/** Writes a locked app back as its next version. */
export async function saveApp(
  transaction: Transaction,
  app: PlatformApp,
  changes: Partial<PlatformApp>,
  now: Date,
): Promise<PlatformApp> {
  const next = Object.assign(new PlatformApp(), app, changes, {
    version: app.version + 1,
    updatedAt: now,
  });
  await transaction.manager.update(PlatformApp, { id: app.id }, {
    ...changes,
    version: next.version,
    updatedAt: now,
  } as object);
  return next;
}

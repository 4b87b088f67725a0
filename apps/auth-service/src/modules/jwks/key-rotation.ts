import type { SigningAlg } from '#libs/entities';
import { AppError, Clock, type Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { revoke } from '#libs/guards';
import { AuthConfig } from '../../config.js';
import {
  type PlannedKey,
  planMaintenance,
  planRevocation,
  planRotation,
  retirementMs,
  standing,
} from './key-plan.js';
import {
  type AppliedChange,
  lockSigningKeys,
  readSigningKeys,
  SigningKeysStore,
} from './signing-keys.store.js';

/**
 * The life of the signing keys. Each method works inside the caller's transaction, under a lock that instances
 * share; the caller records the changes in the audit log.
 */
@Injectable()
export class KeyRotation {
  private readonly store: SigningKeysStore;

  constructor(
    config: AuthConfig,
    private readonly clock: Clock,
  ) {
    this.store = new SigningKeysStore(config.secretBox, clock);
  }

  /** Does what is due: makes the first keys, removes, rotates, publishes successors. */
  async maintain(transaction: Sql): Promise<AppliedChange[]> {
    const keys = await this.lockedKeys(transaction);
    return this.store.apply(transaction, keys, planMaintenance(keys, this.clock.now()));
  }

  /** Rotates now. @throws AppError conflict when the successor may not sign yet */
  async rotate(transaction: Sql, alg: SigningAlg): Promise<AppliedChange[]> {
    const keys = await this.lockedKeys(transaction);
    const { active, successor } = standing(keys, alg);
    const now = this.clock.now();
    if (!successor || successor.usableFromMs > now) {
      const when = successor
        ? new Date(successor.usableFromMs).toISOString()
        : 'the next maintenance';
      throw new AppError('conflict', {
        detail: `The next ${alg} key may not sign before ${when}: verifiers still have to learn it. In an emergency use \`keys revoke\`.`,
      });
    }
    return this.store.apply(transaction, keys, planRotation(active, successor, now));
  }

  /** Takes a key out at once and kills every token it has signed. @throws AppError not_found */
  async revoke(transaction: Sql, kid: string): Promise<AppliedChange[]> {
    const keys = await this.lockedKeys(transaction);
    const key = keys.find((one) => one.kid === kid && isLive(one));
    if (!key) throw new AppError('not_found', { detail: `There is no live key named ${kid}.` });
    return this.revokeKeys(transaction, keys, [key]);
  }

  /** The same for every key, successors included: whoever read them all can sign with none of them any more. */
  async revokeAll(transaction: Sql): Promise<AppliedChange[]> {
    const keys = await this.lockedKeys(transaction);
    return this.revokeKeys(transaction, keys, keys.filter(isLive));
  }

  private async revokeKeys(
    transaction: Sql,
    keys: readonly PlannedKey[],
    revoked: readonly PlannedKey[],
  ): Promise<AppliedChange[]> {
    const now = this.clock.now();
    // The feed's entry outlives whatever the key has signed, and whatever was forged with it.
    const endMs = now + retirementMs;
    for (const { kid } of revoked)
      await revoke(transaction, {
        kind: 'key',
        subject: kid,
        notBeforeMs: endMs,
        expiresAtMs: endMs,
      });
    return this.store.apply(transaction, keys, planRevocation(keys, revoked, now));
  }

  private async lockedKeys(transaction: Sql): Promise<PlannedKey[]> {
    await lockSigningKeys(transaction);
    return readSigningKeys(transaction);
  }
}

const isLive = ({ status }: PlannedKey): boolean => status !== 'removed' && status !== 'revoked';

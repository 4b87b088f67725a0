import type { SigningAlg } from '#libs/entities';
import { AppError, Clock, type Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { revoke } from '#libs/guards';
import { AuthConfig } from '../../config.js';
import {
  algorithms,
  type PlannedKey,
  planMaintenance,
  planRevocation,
  planRotation,
  retirementMs,
  standing,
} from './key-plan.js';
import {
  type AppliedChange,
  freeKid,
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

  /**
   * Makes the first key of every algorithm at first boot. It may sign at once: nobody can have cached a JWKS
   * without it. Instances that boot together take turns, and the second finds the first one's keys.
   */
  async ensureFirstKeys(transaction: Sql): Promise<void> {
    const keys = await this.lockedKeys(transaction);
    for (const alg of algorithms.filter((one) => !keys.some((key) => key.alg === one))) {
      const kid = freeKid(alg, this.clock.date(), new Set());
      const usableFromMs = this.clock.now();
      await this.store.insert(transaction, { kid, alg, usableFromMs, status: 'active' });
    }
  }

  /** Does what is due: removes, rotates, publishes successors. */
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
    const now = this.clock.now();
    // Later than any token of the key can have been issued: also those an instance signs before it hears of this.
    const endMs = now + retirementMs;
    await revoke(transaction, {
      kind: 'key',
      subject: kid,
      notBeforeMs: endMs,
      expiresAtMs: endMs,
    });
    return this.store.apply(transaction, keys, planRevocation(keys, key, now));
  }

  private async lockedKeys(transaction: Sql): Promise<PlannedKey[]> {
    await lockSigningKeys(transaction);
    return readSigningKeys(transaction);
  }
}

const isLive = ({ status }: PlannedKey): boolean => status !== 'removed' && status !== 'revoked';

import type { SigningAlg } from '#libs/entities';
import { AppError, Clock, LOGGER, type Logger, type Sql } from '#libs/foundation';
import { Inject, Injectable } from '@nestjs/common';
import { revoke } from '#libs/guards';
import { AuthConfig } from '../../config.js';
import { DatabaseClock } from './database-clock.js';
import {
  type PlannedKey,
  planFirstKeys,
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

/** As much as a key is kept for longer than its tokens live. */
const toleratedSkewMs = 5 * 60_000;

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
    private readonly databaseClock: DatabaseClock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.store = new SigningKeysStore(config.secretBox, clock);
  }

  /**
   * Does what is due: makes the first keys, removes, rotates, publishes successors. By a clock that is off, only what
   * the service cannot start without: a key that is removed early takes the tokens with it that it has signed.
   */
  async maintain(transaction: Sql): Promise<AppliedChange[]> {
    const keys = await this.lockedKeys(transaction);
    const now = this.clock.now();
    const skewMs = await this.skewMs(transaction);
    if (isTolerated(skewMs)) return this.store.apply(transaction, keys, planMaintenance(keys, now));
    this.logger.warn(
      { skew_ms: skewMs },
      'the clock of this host is not that of the database: keys are neither rotated nor removed',
    );
    return this.store.apply(transaction, keys, planFirstKeys(keys, now));
  }

  /** Rotates now. @throws AppError conflict when the successor may not sign yet, or the clock is off */
  async rotate(transaction: Sql, alg: SigningAlg): Promise<AppliedChange[]> {
    const keys = await this.lockedKeys(transaction);
    if (!isTolerated(await this.skewMs(transaction)))
      throw new AppError('conflict', {
        detail: 'The clock of this host is not that of the database: set it, then rotate.',
      });
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

  /** How far this host's clock is ahead of the database's. */
  private async skewMs(transaction: Sql): Promise<number> {
    return this.clock.now() - (await this.databaseClock.now(transaction));
  }

  private async lockedKeys(transaction: Sql): Promise<PlannedKey[]> {
    await lockSigningKeys(transaction);
    return readSigningKeys(transaction);
  }
}

const isTolerated = (skewMs: number): boolean => Math.abs(skewMs) <= toleratedSkewMs;

const isLive = ({ status }: PlannedKey): boolean => status !== 'removed' && status !== 'revoked';

import type { SigningAlg, SigningKeyStatus } from '#libs/entities';
import { Clock, type SecretBox, type Sql } from '#libs/foundation';
import { generateSigningKey } from './jose.adapter.js';
import { type KeyChange, type PlannedKey } from './key-plan.js';

interface Row {
  kid: string;
  alg: SigningAlg;
  status: SigningKeyStatus;
  usable_from: Date;
  activated_at: Date | null;
  remove_at: Date | null;
}

/** A change with the key it concerned, for the audit log. */
export interface AppliedChange {
  kind: KeyChange['kind'];
  kid: string;
  alg: SigningAlg;
  /** The key may sign before verifiers can have seen it: an emergency. */
  early: boolean;
}

/** One instance at a time changes keys, until the end of the transaction. */
export async function lockSigningKeys(transaction: Sql): Promise<void> {
  await transaction.query(`SELECT pg_advisory_xact_lock(hashtext('signing_key'))`);
}

/** Every key there ever was, without its private part. */
export async function readSigningKeys(sql: Sql): Promise<PlannedKey[]> {
  const rows = await sql.query<Row>(
    'SELECT kid, alg, status, usable_from, activated_at, remove_at FROM signing_key ORDER BY published_at, kid',
  );
  return rows.map((row) => ({
    kid: row.kid,
    alg: row.alg,
    status: row.status,
    usableFromMs: row.usable_from.getTime(),
    activatedAtMs: row.activated_at?.getTime(),
    removeAtMs: row.remove_at?.getTime(),
  }));
}

/** Carries changes out, in order. Private keys of removed and revoked keys are deleted. */
export class SigningKeysStore {
  constructor(
    private readonly box: SecretBox,
    private readonly clock: Clock,
  ) {}

  async apply(
    transaction: Sql,
    keys: readonly PlannedKey[],
    changes: readonly KeyChange[],
  ): Promise<AppliedChange[]> {
    const applied: AppliedChange[] = [];
    const known = new Map(keys.map((key) => [key.kid, key]));
    const taken = new Set(known.keys());
    for (const change of changes) {
      if (change.kind === 'published' || change.kind === 'created') {
        const { kind, alg } = change;
        const kid = freeKid(alg, this.clock.date(), taken);
        taken.add(kid);
        await this.insert(
          transaction,
          kind === 'created'
            ? { kid, alg, usableFromMs: this.clock.now(), status: 'active' }
            : { kid, alg, usableFromMs: change.usableFromMs, status: 'published' },
        );
        applied.push({ kind, kid, alg, early: kind === 'created' && change.emergency });
        continue;
      }
      const key = known.get(change.kid);
      if (!key) throw new Error(`the plan names the unknown key ${change.kid}`);
      await this.applyTo(transaction, change);
      const early = change.kind === 'activated' && key.usableFromMs > this.clock.now();
      applied.push({ kind: change.kind, kid: key.kid, alg: key.alg, early });
    }
    return applied;
  }

  /** @param status `active` for the first key of an algorithm */
  private async insert(
    sql: Sql,
    key: { kid: string; alg: SigningAlg; usableFromMs: number; status: 'published' | 'active' },
  ): Promise<void> {
    const { publicJwk, privatePem } = await generateSigningKey(key.alg);
    const now = this.clock.date();
    await sql.execute(
      `INSERT INTO signing_key (kid, alg, status, public_jwk, private_sealed, published_at, usable_from, activated_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        key.kid,
        key.alg,
        key.status,
        publicJwk,
        this.box.seal(Buffer.from(privatePem), `signing_key:${key.kid}`),
        now,
        new Date(key.usableFromMs),
        key.status === 'active' ? now : null,
      ],
    );
  }

  private async applyTo(
    sql: Sql,
    change: Exclude<KeyChange, { kind: 'published' | 'created' }>,
  ): Promise<void> {
    const now = this.clock.date();
    const { kid } = change;
    switch (change.kind) {
      case 'activated':
        await sql.execute(
          `UPDATE signing_key SET status = 'active', activated_at = $2, usable_from = $3 WHERE kid = $1`,
          [kid, now, new Date(change.usableFromMs)],
        );
        return;
      case 'retired':
        await sql.execute(
          `UPDATE signing_key SET status = 'retiring', retiring_at = $2, remove_at = $3 WHERE kid = $1`,
          [kid, now, new Date(change.removeAtMs)],
        );
        return;
      case 'removed':
        await sql.execute(
          `UPDATE signing_key SET status = 'removed', private_sealed = NULL WHERE kid = $1`,
          [kid],
        );
        return;
      case 'revoked':
        await sql.execute(
          `UPDATE signing_key SET status = 'revoked', revoked_at = $2, private_sealed = NULL WHERE kid = $1`,
          [kid, now],
        );
    }
  }
}

/** `2026-11-signing-key`; other algorithms carry their name, and a second key of a month a number. Never reused. */
export function freeKid(alg: SigningAlg, now: Date, taken: ReadonlySet<string>): string {
  const month = now.toISOString().slice(0, 7);
  const base = `${month}-signing-key${alg === 'RS256' ? '' : `-${alg.toLowerCase()}`}`;
  let kid = base;
  for (let number = 2; taken.has(kid); number++) kid = `${base}-${number}`;
  return kid;
}

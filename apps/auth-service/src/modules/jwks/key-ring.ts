import { createHash } from 'node:crypto';
import type { SigningAlg } from '#libs/entities';
import { AuthConfig } from '../../config.js';
import { Clock, Database, LOGGER, type Logger, Notifications } from '#libs/foundation';
import { type VerificationKey, VerificationKeys } from '#libs/guards';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { CryptoKey, JWTPayload } from 'jose';
import { AccessTokenSigner, importPublicKey } from './jose.adapter.js';

interface KeyRow {
  kid: string;
  alg: SigningAlg;
  status: 'published' | 'active' | 'retiring';
  public_jwk: Record<string, string>;
  private_sealed: Buffer | null;
  usable_from: Date;
}

interface RingKey extends KeyRow {
  verifier: CryptoKey;
  signer: AccessTokenSigner | undefined;
}

/** Made once a change of the keys. */
interface JwksDocument {
  readonly text: string;
  /** Strong. */
  readonly etag: string;
  /** Of 200 and 304, names and values in turn. */
  readonly headers: readonly string[];
}

const refreshIntervalMs = 5_000;
const channel = 'signing_key';

/** The process's view of the signing keys: what it signs with, what it verifies with, what the JWKS shows. */
@Injectable()
export class KeyRing extends VerificationKeys implements OnModuleInit, OnApplicationShutdown {
  private keys = new Map<string, RingKey>();
  private active = new Map<SigningAlg, RingKey>();
  private document = toDocument([]);
  private timer: NodeJS.Timeout | undefined;
  private unsubscribe: (() => void) | undefined;
  private refreshing: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly notifications: Notifications,
    private readonly config: AuthConfig,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    super();
  }

  async onModuleInit(): Promise<void> {
    await this.refresh();
    const locked = [...this.active.values()].find(({ signer }) => !signer);
    if (locked)
      throw new Error(
        `the active key ${locked.kid} does not open: its key-encryption key is not configured`,
      );
    this.unsubscribe = await this.notifications.subscribe(channel, () => this.refreshSoon());
    this.timer = setInterval(() => this.refreshSoon(), refreshIntervalMs);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.unsubscribe?.();
  }

  /** Signs an access token with the active key of the algorithm. */
  async sign(alg: SigningAlg, claims: JWTPayload): Promise<string> {
    const key = this.active.get(alg);
    if (!key?.signer) throw new Error(`there is no active ${alg} key that opens`);
    if (key.usable_from.getTime() > this.clock.now())
      throw new Error(`the ${alg} key ${key.kid} is not yet known to verifiers`);
    return key.signer.sign(claims);
  }

  async find(kid: string): Promise<VerificationKey | undefined> {
    const key = this.keys.get(kid);
    return key && { alg: key.alg, key: key.verifier };
  }

  /** The JWKS as it goes out. */
  jwksDocument(): JwksDocument {
    return this.document;
  }

  /** Reads the keys anew, after the read that is under way: an older answer never replaces a newer one. */
  async refresh(): Promise<void> {
    this.refreshing = this.refreshing.catch(() => undefined).then(() => this.load());
    return this.refreshing;
  }

  private async load(): Promise<void> {
    const rows = await this.database.within(refreshIntervalMs).query<KeyRow>(
      `SELECT kid, alg, status, public_jwk, private_sealed, usable_from FROM signing_key
       WHERE status IN ('published', 'active', 'retiring') ORDER BY kid`,
    );
    const next = new Map<string, RingKey>();
    for (const row of rows) next.set(row.kid, await this.toRingKey(row));
    this.keys = next;
    const active = [...next.values()].filter(({ status }) => status === 'active');
    this.active = new Map(active.map((key) => [key.alg, key]));
    this.document = toDocument([...next.values()]);
  }

  private refreshSoon(): void {
    this.refresh().catch((error: unknown) =>
      this.logger.warn({ err: error }, 'cannot read the signing keys'),
    );
  }

  private async toRingKey(row: KeyRow): Promise<RingKey> {
    const known = this.keys.get(row.kid);
    return {
      ...row,
      verifier: known?.verifier ?? (await importPublicKey(row.public_jwk, row.alg)),
      signer: known?.signer ?? this.toSigner(row, !known),
    };
  }

  /** A key that does not open verifies on; it is tried again with each read, and said once. */
  private toSigner(
    { kid, alg, status, private_sealed: sealed }: KeyRow,
    isNew: boolean,
  ): AccessTokenSigner | undefined {
    if (status === 'retiring' || sealed === null) return undefined;
    try {
      const pem = this.config.secretBox.open(sealed, `signing_key:${kid}`).toString();
      return new AccessTokenSigner(alg, kid, pem);
    } catch (error) {
      if (isNew) this.logger.error({ err: error, kid }, 'cannot open a signing key');
      return undefined;
    }
  }
}

/** The members (RFC 7517 section 4), the active RSA key first. Public numbers only. */
function toDocument(keys: readonly RingKey[]): JwksDocument {
  const rank = (key: RingKey): string =>
    `${key.status === 'active' ? 0 : 1}${key.alg === 'RS256' ? 0 : 1}${key.kid}`;
  const sorted = [...keys].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  const members = sorted.map(({ kid, alg, public_jwk }) => toPublicJwk(kid, alg, public_jwk));
  const text = JSON.stringify({ keys: members });
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
  const headers = [
    'Cache-Control',
    'public, max-age=300, stale-while-revalidate=60, stale-if-error=86400',
    'Access-Control-Allow-Origin',
    '*',
    'Vary',
    'Accept',
    'ETag',
    etag,
  ];
  return { text, etag, headers };
}

function toPublicJwk(
  kid: string,
  alg: SigningAlg,
  jwk: Record<string, string>,
): Record<string, string> {
  const members = jwk.kty === 'RSA' ? ['n', 'e'] : ['crv', 'x', 'y'];
  const numbers = members.flatMap((name) => (jwk[name] === undefined ? [] : [[name, jwk[name]]]));
  return {
    kty: jwk.kty ?? '',
    kid,
    use: 'sig',
    alg,
    ...(Object.fromEntries(numbers) as Record<string, string>),
  };
}

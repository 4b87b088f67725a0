import { AppError, type Logger, type TrustedOriginClient } from '#libs/foundation';
import { importJWK, type CryptoKey, type JWK } from 'jose';
import { type VerificationKey, VerificationKeys } from './verification-keys.js';

const maxAgeMs = 300_000;
const cooldownMs = 10_000;
/** The `stale-if-error` of the JWKS. */
const longestUseMs = 86_400_000;

/**
 * Public keys from the issuer's JWKS. An unknown kid fetches again, but at most once per cooldown, so that a
 * flood of invented ids does not become a flood of requests. The last good set serves while the issuer is away.
 */
export class RemoteJwks extends VerificationKeys {
  private keys = new Map<string, VerificationKey>();
  private fetchedAtMs = Number.NEGATIVE_INFINITY;
  private attemptedAtMs = Number.NEGATIVE_INFINITY;
  private fetching: Promise<void> | undefined;

  constructor(
    private readonly jwksUrl: string,
    private readonly client: TrustedOriginClient,
    private readonly logger: Logger,
    /** Monotonic, so that setting a clock does not matter. */
    private readonly monotonicMs: () => number = () => performance.now(),
  ) {
    super();
  }

  /** @throws AppError temporarily_unavailable while there is no set: whether a token is good cannot be told */
  async find(kid: string): Promise<VerificationKey | undefined> {
    const now = this.monotonicMs();
    const stale = this.ageMs() > maxAgeMs || !this.keys.has(kid);
    if (stale && now - this.attemptedAtMs >= cooldownMs) await this.refresh();
    else if (this.fetching && !this.keys.has(kid)) await this.fetching;
    if (this.ageMs() > longestUseMs) throw noKeys();
    return this.keys.get(kid);
  }

  /** How long ago the set was fetched; infinite where there is none. */
  ageMs(): number {
    return this.monotonicMs() - this.fetchedAtMs;
  }

  private async refresh(): Promise<void> {
    this.attemptedAtMs = this.monotonicMs();
    this.fetching ??= this.fetch()
      .catch((error: unknown) => this.logger.warn({ err: error }, 'cannot read the JWKS'))
      .finally(() => (this.fetching = undefined));
    await this.fetching;
  }

  private async fetch(): Promise<void> {
    const { status, body } = await this.client.request({ method: 'GET', url: this.jwksUrl });
    if (status !== 200) throw new Error(`the JWKS answered ${status}`);
    const { keys } = JSON.parse(body.toString()) as { keys: JWK[] };
    const entries = await Promise.all(
      keys.map(async (jwk): Promise<[string, VerificationKey]> => {
        if (jwk.kid === undefined || jwk.alg === undefined)
          throw new Error('a key of the JWKS has no kid or no alg');
        return [jwk.kid, { alg: jwk.alg, key: (await importJWK(jwk, jwk.alg)) as CryptoKey }];
      }),
    );
    this.keys = new Map(entries);
    this.fetchedAtMs = this.monotonicMs();
  }
}

function noKeys(): AppError {
  return new AppError('temporarily_unavailable', {
    detail: 'The keys that verify tokens cannot be read at the moment.',
    headers: { 'Retry-After': '5' },
  });
}

import { type Clock, type TrustedOriginClient } from '#libs/foundation';
import { z } from 'zod';

const keyList = z.object({
  public_keys: z.array(z.object({ key_identifier: z.string(), key: z.string() })),
});

const cooldownMs = 60_000;

/** The partner's public keys by identifier. An unknown one is looked for again, at most once a minute. */
export class ReportKeys {
  private keys = new Map<string, string>();
  private readAtMs = Number.NEGATIVE_INFINITY;

  /** @param url undefined: there is no partner */
  constructor(
    private readonly url: string | undefined,
    private readonly client: TrustedOriginClient,
    private readonly clock: Clock,
  ) {}

  get isConfigured(): boolean {
    return this.url !== undefined;
  }

  async find(identifier: string): Promise<string | undefined> {
    const now = this.clock.now();
    if (!this.keys.has(identifier) && this.url !== undefined && now - this.readAtMs >= cooldownMs) {
      this.readAtMs = now;
      const { status, body } = await this.client.request({
        method: 'GET',
        url: this.url,
        headers: { accept: 'application/json', 'user-agent': 'knogin-auth-service' },
      });
      if (status !== 200) throw new Error(`the keys of leak reports answered ${status}`);
      const { public_keys: list } = keyList.parse(JSON.parse(body.toString()));
      this.keys = new Map(list.map(({ key_identifier: id, key }) => [id, key]));
    }
    return this.keys.get(identifier);
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}

import { parseUrlencoded } from '#libs/foundation';

/**
 * The parameters of an authorization request as they were sent. A parameter without a value counts as omitted
 * (RFC 6749 section 3.1); one sent twice is remembered, for the checks to refuse.
 */
export class AuthorizeParameters {
  private readonly values = new Map<string, string>();
  private readonly rawValues = new Map<string, string>();
  private readonly seen = new Map<string, number>();
  readonly resources: string[] = [];

  /** @param text application/x-www-form-urlencoded: the query, or the form of a POST */
  constructor(readonly text: string) {
    for (const pair of text.split('&')) {
      const [[name, value] = ['', '']] = parseUrlencoded(pair);
      if (name === '') continue;
      this.seen.set(name, (this.seen.get(name) ?? 0) + 1);
      if (value === '') continue;
      if (name === 'resource') this.resources.push(value);
      this.values.set(name, value);
      this.rawValues.set(name, pair.slice(pair.indexOf('=') + 1));
    }
  }

  get(name: string): string | undefined {
    return this.values.get(name);
  }

  /** The value as it was encoded, to be handed back byte for byte. Letters that no URL may hold are encoded. */
  raw(name: string): string | undefined {
    return this.rawValues
      .get(name)
      ?.replace(/[^A-Za-z0-9\-._~!$'()*+,;:@/?%=]/gu, (letter) => encodeURIComponent(letter));
  }

  isRepeated(name: string): boolean {
    return (this.seen.get(name) ?? 0) > 1;
  }

  /** Whether any parameter but `resource` was sent twice. */
  hasRepeated(): boolean {
    return [...this.seen].some(([name, count]) => count > 1 && name !== 'resource');
  }
}

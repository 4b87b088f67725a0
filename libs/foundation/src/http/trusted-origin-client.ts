import { Agent, request } from 'undici';

export interface TrustedRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: Buffer | string;
  /** Limit of the whole exchange; 3 s unless told. */
  timeoutMs?: number;
}

export interface TrustedResponse {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
}

const longestBodyBytes = 1024 * 1024;

/**
 * HTTP to configured origins of our own (the issuer's JWKS, the REST contract). Anything a tenant chose goes
 * through `#libs/egress` instead. Redirects are not followed; answers are capped at 1 MiB.
 */
export class TrustedOriginClient {
  private readonly agent = new Agent({
    connections: 64,
    keepAliveTimeout: 4_000,
    connect: { timeout: 1_000 },
  });

  async request({
    method,
    url,
    headers = {},
    body,
    timeoutMs = 3_000,
  }: TrustedRequest): Promise<TrustedResponse> {
    const response = await request(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      dispatcher: this.agent,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > longestBodyBytes) throw new Error('a trusted origin answered more than 1 MiB');
      chunks.push(chunk);
    }
    return {
      status: response.statusCode,
      headers: response.headers,
      body: Buffer.concat(chunks, length),
    };
  }

  async close(): Promise<void> {
    await this.agent.close();
  }
}

import { request } from 'undici';

export interface ApiRequest {
  token?: string | undefined;
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; a string or a buffer goes out as it is, with the Content-Type of `headers`. */
  body?: unknown;
  /** Sent as application/x-www-form-urlencoded. */
  form?: Readonly<Record<string, string>> | URLSearchParams;
}

export interface ApiAnswer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  text: string;
  /** The parsed body; undefined where it is not JSON. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests read members of foreign documents
  body: any;
}

/** HTTP against one listener, the way an integrator calls it. Redirects are not followed. */
export class ApiClient {
  constructor(
    readonly baseUrl: string,
    private readonly token?: string,
  ) {}

  withToken(token: string): ApiClient {
    return new ApiClient(this.baseUrl, token);
  }

  async send(method: string, path: string, options: ApiRequest = {}): Promise<ApiAnswer> {
    const headers: Record<string, string> = { ...options.headers };
    const token = 'token' in options ? options.token : this.token;
    if (token !== undefined && !('authorization' in headers))
      headers.authorization = `Bearer ${token}`;
    const body = toBody(options, headers);
    const response = await request(this.baseUrl + path, {
      method: method as 'GET',
      headers,
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.body.text();
    return { status: response.statusCode, headers: response.headers, text, body: parse(text) };
  }

  get = (path: string, options?: ApiRequest): Promise<ApiAnswer> => this.send('GET', path, options);
  post = (path: string, options?: ApiRequest): Promise<ApiAnswer> =>
    this.send('POST', path, options);
  put = (path: string, options?: ApiRequest): Promise<ApiAnswer> => this.send('PUT', path, options);
  patch = (path: string, options?: ApiRequest): Promise<ApiAnswer> =>
    this.send('PATCH', path, options);
  delete = (path: string, options?: ApiRequest): Promise<ApiAnswer> =>
    this.send('DELETE', path, options);
}

function toBody(options: ApiRequest, headers: Record<string, string>): string | Buffer | undefined {
  if (options.form !== undefined) {
    headers['content-type'] ??= 'application/x-www-form-urlencoded';
    return new URLSearchParams(options.form as Record<string, string>).toString();
  }
  const { body } = options;
  if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) return body;
  headers['content-type'] ??= 'application/json';
  return JSON.stringify(body);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

import { createHash, randomBytes } from 'node:crypto';
import { type ApiAnswer } from '#libs/testing';
import type { AuthApp, TenantUnderTest } from './auth-app.js';
import { Browser } from './browser.js';
import { type ClientUnderTest, createClient } from './oauth-client.js';
import { enrol, type PersonUnderTest } from './people.js';

export const redirectUri = 'https://integrator.example/callback?keep=%2F+1';
export const verifier = randomBytes(32).toString('base64url');
export const challengeOf = (text: string): string =>
  createHash('sha256').update(text).digest('base64url');
export const challenge = challengeOf(verifier);

/** What a test sets of a request; undefined leaves the parameter out. */
type Parameters = Readonly<Record<string, string | undefined>>;

/** The authorization code flow of one client and one person, step by step or all at once. */
export class CodeFlow {
  private constructor(
    readonly app: AuthApp,
    readonly tenant: TenantUnderTest,
    readonly person: PersonUnderTest,
    readonly client: ClientUnderTest,
  ) {}

  static async create(app: AuthApp): Promise<CodeFlow> {
    const tenant = await app.createTenant();
    const person = await enrol(app, tenant, 'anna@example.com');
    return new CodeFlow(app, tenant, person, await clientOf(app, tenant));
  }

  newClient(columns: Readonly<Record<string, unknown>> = {}): Promise<ClientUnderTest> {
    return clientOf(this.app, this.tenant, columns);
  }

  /** The path of an authorization request. */
  url(parameters: Parameters = {}, by = this.client): string {
    const all = {
      response_type: 'code',
      client_id: by.id,
      redirect_uri: redirectUri,
      scope: 'webhooks:write offline_access',
      state: 's',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...parameters,
    };
    return `/v1/oauth/authorize?${present(all).toString()}`;
  }

  /** Login and consent, all the way to the redirect. @returns the code */
  async authorize(
    parameters: Parameters = {},
    by = this.client,
    browser = new Browser(this.app.public),
    person = this.person,
  ): Promise<string> {
    let page = await browser.follow(await browser.get(this.url(parameters, by)));
    if (page.text.includes('action="/login"'))
      page = await browser.signIn(page, person.email, person.password);
    if (page.text.includes('action="/consent"'))
      page = await browser.follow(await browser.submit(page, { decision: 'allow' }));
    return resultOf(page).get('code') ?? '';
  }

  redeem(code: string, form: Parameters = {}, by = this.client): Promise<ApiAnswer> {
    const all = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
      ...form,
    };
    return this.token(all, by);
  }

  refresh(token: string, form: Parameters = {}, by = this.client): Promise<ApiAnswer> {
    return this.token({ grant_type: 'refresh_token', refresh_token: token, ...form }, by);
  }

  token(form: Parameters, by = this.client): Promise<ApiAnswer> {
    return this.post('/v1/oauth/token', form, by);
  }

  revoke(token: string, by = this.client): Promise<ApiAnswer> {
    return this.post('/v1/oauth/revoke', { token }, by);
  }

  private post(path: string, form: Parameters, by: ClientUnderTest): Promise<ApiAnswer> {
    const all = { client_id: by.id, client_secret: by.secret, ...form };
    return this.app.public.post(path, { form: present(all) });
  }

  /** Whether a resource route takes the token: it lacks the scope, and is told so. */
  async isLive(token: string): Promise<boolean> {
    const { status } = await this.app.public.withToken(token).get('/v1/platform/scopes');
    return status === 403;
  }
}

/** What a redirect tells the client. */
export function resultOf(answer: ApiAnswer): URLSearchParams {
  if (answer.status !== 302) throw new Error(`no redirect: ${answer.status} ${answer.text}`);
  return new URL(String(answer.headers.location)).searchParams;
}

function clientOf(
  app: AuthApp,
  tenant: TenantUnderTest,
  columns: Readonly<Record<string, unknown>> = {},
): Promise<ClientUnderTest> {
  return createClient(app, tenant.id, {
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: [redirectUri],
    approved_scopes: ['webhooks:read', 'webhooks:write'],
    ...columns,
  });
}

/** What has a value. */
function present(parameters: Parameters): URLSearchParams {
  const pairs = Object.entries(parameters).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  return new URLSearchParams(pairs);
}

import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash, randomBytes } from 'node:crypto';
import { SystemClock } from '#libs/foundation';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';
import { type ClientUnderTest, createClient } from '../support/oauth-client.js';
import { enrol, type PersonUnderTest } from '../support/people.js';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const screenshots = process.env['SCREENSHOTS'];
const describeWithChromium = existsSync(executablePath) ? describe : describe.skip;

/** Only a browser enforces form-action on a chain of redirects: no HTTP client finds out. */
describeWithChromium('login and consent in Chromium', () => {
  let app: AuthApp;
  let partner: Server;
  let partnerOrigin: string;
  let origin: string;
  let tenant: TenantUnderTest;
  let person: PersonUnderTest;
  let client: ClientUnderTest;
  let context: BrowserContext;
  const profile = mkdtempSync(join(tmpdir(), 'knogin-chromium-'));
  const verifier = randomBytes(32).toString('base64url');
  const code_challenge = createHash('sha256').update(verifier).digest('base64url');

  beforeAll(async () => {
    partner = createServer((request, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.end(
        `<title>Partner</title><p id="url">${String(request.url).replaceAll('&', '&amp;')}</p>`,
      );
    }).listen(0, '127.0.0.1');
    await once(partner, 'listening');
    partnerOrigin = `http://127.0.0.1:${(partner.address() as AddressInfo).port}`;
    const port = await freePort();
    // Another site than the partner's, not only another port.
    origin = `http://localhost:${port}`;
    app = await AuthApp.start({
      clock: new SystemClock(),
      environment: { AUTH_PORT: String(port), AUTH_ISSUER: origin, RATE_LIMIT_SCALE: '0' },
    });
    tenant = await app.createTenant();
    person = await enrol(app, tenant, 'anna@example.com');
    client = await createClient(app, tenant.id, {
      application_type: 'native',
      governance: { allow_loopback_redirects: true },
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [`${partnerOrigin}/callback`],
    });
    context = await chromium.launchPersistentContext(profile, {
      executablePath,
      headless: true,
      locale: 'de-DE',
      javaScriptEnabled: false,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  }, 60_000);

  afterAll(async () => {
    await context.close();
    rmSync(profile, { recursive: true });
    await app.stop();
    partner.close();
  });

  const shoot = async (page: Page, name: string): Promise<void> => {
    if (screenshots === undefined) return;
    mkdirSync(screenshots, { recursive: true });
    await page.screenshot({ path: join(screenshots, `${name}.png`) });
  };
  const authorizeUrl = (state: string): string =>
    `${origin}/v1/oauth/authorize?${new URLSearchParams({
      response_type: 'code',
      client_id: client.id,
      redirect_uri: `${partnerOrigin}/callback`,
      scope: 'webhooks:write offline_access',
      state,
      code_challenge,
      code_challenge_method: 'S256',
    }).toString()}`;

  it('[O54] [O57] leads from the partner’s site through login and consent back to it, without JavaScript', async () => {
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('console', (message) => {
      // The answer to the wrong password.
      if (!message.text().includes('401')) problems.push(message.text());
    });
    page.on('requestfailed', (request) => problems.push(`failed: ${request.url()}`));
    await page.goto(`${partnerOrigin}/start`);
    await page.goto(authorizeUrl('one'));
    await shoot(page, 'login');
    expect(await page.title()).toContain('Anmelden');
    await page.getByLabel('E-Mail-Adresse').fill(person.email);
    await page.getByLabel('Passwort', { exact: true }).fill('wrong wrong wrong');
    await page.getByRole('button', { name: 'Anmelden' }).click();
    await shoot(page, 'login-failed');
    expect(await page.getByRole('alert').textContent()).toContain('ist falsch');
    await page.getByLabel('Passwort', { exact: true }).fill(person.password);
    await page.getByRole('button', { name: 'Anmelden' }).click();
    await page.waitForURL(/\/consent/);
    await shoot(page, 'consent');
    expect(await page.locator('main').textContent()).toContain('127.0.0.1');
    await page.getByRole('button', { name: 'Erlauben' }).click();
    await page.waitForURL(`${partnerOrigin}/callback?**`);
    const result = new URL(page.url()).searchParams;
    expect([result.get('state'), result.get('iss')]).toEqual(['one', origin]);
    const answer = await app.public.post('/v1/oauth/token', {
      form: {
        grant_type: 'authorization_code',
        code: result.get('code') ?? '',
        redirect_uri: `${partnerOrigin}/callback`,
        code_verifier: verifier,
        client_id: client.id,
        client_secret: client.secret,
      },
    });
    expect(answer.status).toBe(200);
    // Signed in and consented: the partner gets the next code without a page of ours.
    await page.goto(authorizeUrl('two'));
    expect(page.url().startsWith(`${partnerOrigin}/callback?code=kng_ac_`)).toBe(true);
    expect(problems).toEqual([]);
    await page.close();
  });

  it('[O54] a no leads back as well', async () => {
    const page = await context.newPage();
    await page.goto(`${authorizeUrl('three')}&prompt=consent`);
    await page.getByRole('button', { name: 'Ablehnen' }).click();
    await page.waitForURL(`${partnerOrigin}/callback?**`);
    expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied');
    await page.close();
  });

  it('shows the account pages, and an end to the app’s access and to the session', async () => {
    const page = await context.newPage();
    await page.goto(`${origin}/account/apps`);
    await shoot(page, 'account-apps');
    await page.getByRole('button', { name: 'Zugriff entziehen' }).click();
    expect(await page.locator('main').textContent()).toContain('Keine App hat Zugriff');
    await page.goto(`${origin}/account/sessions`);
    await shoot(page, 'account-sessions');
    await page.getByRole('button', { name: 'Abmelden' }).click();
    await page.waitForURL(`${origin}/login`);
    await page.goto(`${origin}/account/apps`);
    expect(page.url()).toBe(`${origin}/login`);
    await page.close();
  });

  it('[O54] an error of the request leads back after the login', async () => {
    const page = await context.newPage();
    await page.goto(`${authorizeUrl('four')}&max_age=soon`);
    await page.getByLabel('E-Mail-Adresse').fill(person.email);
    await page.getByLabel('Passwort', { exact: true }).fill(person.password);
    await page.getByRole('button', { name: 'Anmelden' }).click();
    await page.waitForURL(`${partnerOrigin}/callback?**`);
    expect(new URL(page.url()).searchParams.get('error')).toBe('invalid_request');
    await page.close();
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

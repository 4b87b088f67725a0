import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { Webhook } from 'standardwebhooks';
import type { Instance } from '../start/instance.ts';
import { exchange } from './exchange.ts';
import type { Receiver } from './receiver.ts';
import type { Report } from './report.ts';

const SCOPE = 'webhooks:write';
const EVENT_TYPE = 'incident.updated';
/** Far above what a step takes; a demo that hangs proves nothing. */
const PATIENCE_MS = 15_000;

interface Delivery {
  readonly id: string;
  readonly status: string;
}

/** The walk of the integration: from an operator's first command to a delivered event and an approved operation. */
export async function walk(
  { urls, run }: Instance,
  root: string,
  receiver: Receiver,
  report: Report,
): Promise<void> {
  const slug = `demo-${randomBytes(4).toString('hex')}`;
  const command = async <T>(...words: string[]): Promise<T> => {
    report.note(`npm run --silent cli -- ${words.join(' ')} --json`);
    const answer = await run<T>(...words);
    report.note(`=> ${JSON.stringify(answer)}`);
    return answer;
  };

  const tenantId = await report.step('An operator makes a tenant', async () => {
    const { tenant_id } = await command<{ tenant_id: string }>('tenants', 'create', '--slug', slug);
    return tenant_id;
  });

  const admin = await report.step('and a token for its administrator', async () => {
    const { access_token } = await command<{ access_token: string }>(
      ...['admin-token', '--tenant', slug],
    );
    return bearer(access_token);
  });

  const app = await report.step('The administrator registers an app', () =>
    exchange<{ client_id: string; client_secret: string }>(
      report,
      `${urls.auth}/v1/platform/apps`,
      {
        headers: admin,
        body: {
          name: 'Case sync connector',
          grant_types: ['client_credentials'],
          redirect_uris: [],
          requested_scopes: [SCOPE],
        },
        expect: 201,
      },
    ),
  );

  const token = await report.step('The app asks for an access token', async () => {
    const { access_token } = await exchange<{ access_token: string }>(
      report,
      `${urls.auth}/v1/oauth/token`,
      {
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: app.client_id,
          client_secret: app.client_secret,
          scope: SCOPE,
        }),
        expect: 200,
      },
    );
    return access_token;
  });

  await report.step('whose signature verifies against the published keys', async () => {
    const keys = `${urls.auth}/.well-known/jwks.json`;
    report.note(`GET ${keys} (by the npm package jose)`);
    const { payload, protectedHeader } = await jwtVerify(token, createRemoteJWKSet(new URL(keys)));
    report.note(`=> ${JSON.stringify(protectedHeader)} ${JSON.stringify(payload)}`);
    assert.equal(payload['client_id'], app.client_id, 'the token names another client');
    assert.equal(payload['tenant_id'], tenantId, 'the token names another tenant');
  });

  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const webhook = await report.step(`The app subscribes to ${EVENT_TYPE}`, () =>
    exchange<{ id: string }>(report, `${urls.auth}/v1/webhooks`, {
      headers: bearer(token),
      body: { url: receiver.url, events: [EVENT_TYPE], secret },
      expect: 201,
    }),
  );

  const event = await report.step(
    'The platform publishes an event on the operator listener',
    async () => {
      const { access_token } = await command<{ access_token: string }>(
        'operator-token',
        '--as',
        'demo',
      );
      return exchange<{ id: string }>(report, `${urls.auth_operator}/v1/events`, {
        headers: bearer(access_token),
        body: {
          tenant_id: tenantId,
          type: EVENT_TYPE,
          data: { incident_id: 'inc_4711', status: 'acknowledged', note: 'Löschzug unterwegs 🚒' },
        },
        expect: 202,
      });
    },
  );

  await report.step('The receiver gets it; standardwebhooks verifies the signature', async () => {
    const { headers, body } = await receiver.first(PATIENCE_MS);
    for (const name of [
      'webhook-id',
      'webhook-timestamp',
      'webhook-signature',
      'x-knogin-delivery',
    ])
      report.note(`${name}: ${String(headers[name])}`);
    report.note(body);
    const verified = new Webhook(secret).verify(body, headers as Record<string, string>);
    assert.deepEqual(verified, JSON.parse(body), 'another body was signed');
    assert.equal(headers['webhook-id'], event.id, 'another event arrived');
  });

  await report.step('The delivery history says so', async () => {
    const succeeded = await eventually(async () => {
      const { deliveries } = await exchange<{ deliveries: Delivery[] }>(
        report,
        `${urls.auth}/v1/webhooks/${webhook.id}/deliveries`,
        { headers: bearer(token), expect: 200 },
      );
      return deliveries.find(({ status }) => status === 'succeeded');
    });
    assert.ok(succeeded, 'the delivery did not succeed');
  });

  const graphql = `${urls.gateway}/graphql`;
  const headers = { ...bearer(token), 'x-tenant-id': tenantId };
  const query = fs.readFileSync(
    path.join(root, 'bundles/connection-check/1.0.0/connection-check.graphql'),
    'utf8',
  );

  await report.step('Without a grant, GraphQL refuses the approved document', () =>
    exchange(report, graphql, { headers, body: { query, variables: {} }, expect: 403 }),
  );

  await report.step('An operator grants the app the shipped bundle', () =>
    command('grants', 'create', '--client-id', app.client_id, '--bundle', 'connection-check'),
  );

  await report.step('and the approved document answers', async () => {
    const answer = await eventually(() =>
      exchange<{ data: { result: object } }>(report, graphql, {
        headers,
        body: { query, variables: {} },
        expect: 200,
      }).catch(() => undefined),
    );
    assert.ok(answer?.data.result, 'no result');
  });

  await report.step('while any other document is refused', () =>
    exchange(report, graphql, {
      headers,
      body: { query: '{ __schema { types { name } } }', variables: {} },
      expect: 403,
    }),
  );
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

/** The first answer that is one. Rows are recorded and grants noticed a moment after the fact. */
async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T | undefined> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || performance.now() > deadline) return answer;
    await delay(200);
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import { ATTEMPT_ERROR_MESSAGES } from '../../apps/auth-service/src/modules/webhooks/deliveries/attempt-error.ts';
import {
  deliveryStatuses,
  storedReason,
} from '../../apps/auth-service/src/modules/webhooks/deliveries/delivery-codes.ts';
import { RETRY_LADDER_MS } from '../../apps/auth-service/src/modules/webhooks/deliveries/retry-ladder.ts';
import {
  deliveryHeaders,
  type LiveKeys,
} from '../../apps/auth-service/src/modules/webhooks/signing/delivery-headers.ts';
import { SigningSecret } from '../../apps/auth-service/src/modules/webhooks/signing/signing-secret.ts';
import { TenantSigningKey } from '../../apps/auth-service/src/modules/webhooks/signing/tenant-signing-key.ts';
import { destinationAdvice } from '../../libs/egress/src/destination-advice.ts';

const root = path.resolve(__dirname, '../..');
const text = fs.readFileSync(path.join(root, 'docs/webhooks-for-receivers.md'), 'utf8');
const body = Buffer.from('{"id":"evt_1","type":"incident.updated","data":{"name":"Grüße 🚒"}}');

function headersFor(keys: Partial<LiveKeys>): Record<string, string> {
  const timestampSeconds = Math.floor(Date.now() / 1000);
  const attempt = { id: 'evt_1', timestampSeconds, body, deliveryId: 'dlv_1', attempt: 1 };
  return deliveryHeaders({ ...attempt, isTest: false }, { secrets: [], tenantKeys: [], ...keys });
}

/** The code of a fence by the word behind its language. */
function sample(name: string): string {
  const [, code] = new RegExp(`\`\`\`ts ${name}\n([^]*?)\`\`\``).exec(text) ?? [];
  if (code === undefined) throw new Error(`there is no sample ${name}`);
  return code;
}

/** The first column of the table below a heading. */
function column(heading: string): string[] {
  const [, section] = new RegExp(`^#+ ${heading}\n([^]*?)(?=^#)`, 'm').exec(text) ?? [];
  return [...(section ?? '').matchAll(/^\| `?([\w.]+)`? +\|/gm)].map(([, name]) => name ?? '');
}

describe('the receiver in TypeScript', () => {
  const secret = SigningSecret.generate();
  let receiver: ChildProcess;
  let url: string;
  let said = '';

  beforeAll(async () => {
    const code = sample('receiver').replace(
      "console.log('listening')",
      'console.log(server.address().port)',
    );
    receiver = spawn(process.execPath, ['--input-type=module', '-e', stripTypeScriptTypes(code)], {
      cwd: root,
      env: { WEBHOOK_SECRET: secret.reveal(), PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const port = await new Promise<string>((resolve, reject) => {
      receiver.once('exit', () => reject(new Error('the receiver has ended')));
      receiver.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        resolve(said.trim());
      });
    });
    url = `http://127.0.0.1:${port}/`;
  });
  afterAll(() => receiver.kill());

  const post = async (headers: Record<string, string>, bytes: Buffer = body): Promise<number> =>
    (await fetch(url, { method: 'POST', headers, body: new Uint8Array(bytes) })).status;

  it('takes what we sign, during a rotation and twice, and works on it once', async () => {
    const headers = headersFor({ secrets: [SigningSecret.generate(), secret] });

    expect(await post(headers)).toBe(204);
    expect(await post(headers)).toBe(204);
    expect(said.match(/received incident.updated/g)).toHaveLength(1);
  });

  it('refuses another body and another secret', async () => {
    expect(await post(headersFor({ secrets: [secret] }), Buffer.from('{}'))).toBe(400);
    expect(await post(headersFor({ secrets: [SigningSecret.generate()] }))).toBe(400);
  });
});

it('verifies v1a entries as the sample says', () => {
  const key = TenantSigningKey.generate();
  const code = stripTypeScriptTypes(sample('ed25519')).replace(
    /^import (.*) from (.*);$/m,
    'const $1 = require($2);',
  );
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the document's own code
  const isSigned = new Function('require', `${code}\nreturn isSigned;`)(require) as (
    publicKey: string,
    headers: Record<string, string>,
    body: Buffer,
  ) => boolean;
  const headers = headersFor({ secrets: [SigningSecret.generate()], tenantKeys: [key] });

  expect(isSigned(key.publicText, headers, body)).toBe(true);
  expect(isSigned(key.publicText, headers, Buffer.from('{}'))).toBe(false);
  expect(isSigned(TenantSigningKey.generate().publicText, headers, body)).toBe(false);
});

it.each([
  ['Statuses', deliveryStatuses],
  ['Reasons', Object.keys(storedReason)],
  ['Error classes', Object.keys(ATTEMPT_ERROR_MESSAGES)],
  ['Refused URLs', Object.keys(destinationAdvice)],
])('tells all of the %s, and none that is not', (heading, names) => {
  const [, ...rows] = column(heading);

  expect(rows).toEqual([...names]);
});

it('tells the ladder', () => {
  const [, section] = /^### The ladder\n([^]*?)^###/m.exec(text) ?? [];
  const waits = [...(section ?? '').matchAll(/^\| \d+ +\| (\S+) (\S+) +\|/gm)];
  const unitMs: Record<string, number> = { once: 0, s: 1_000, min: 60_000, h: 3_600_000 };

  expect(waits.map(([, count, unit = '']) => (unitMs[unit] ?? NaN) * (Number(count) || 0))).toEqual(
    [...RETRY_LADDER_MS],
  );
});

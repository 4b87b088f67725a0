import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { SystemClock } from '#libs/foundation';
import { backends } from './backends.js';
import { type AppUnderTest, WebhookFixture } from './webhook-fixture.js';

const given = `whsec_${Buffer.alloc(32, 'given-signing-key').toString('base64')}`;
const raw = 'a raw secret of thirty-two chars';

describe.each(backends)('a signing secret, on BullMQ with %s', (_name, environment) => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;
  let monitor: Socket | undefined;
  /** All that was said to Redis, jobs that are gone by now included. */
  const toRedis: string[] = [];

  beforeAll(async () => {
    fixture = await WebhookFixture.start({
      clock: new SystemClock(),
      environment: {
        RATE_LIMIT_SCALE: '0',
        WORKER_ROLE: 'all',
        LOG_LEVEL: 'trace',
        ...environment,
      },
    });
    app = await fixture.createApp();
    await fixture.database.execute('CREATE TABLE seen_job AS SELECT * FROM bullmq.job LIMIT 0');
    await fixture.database
      .execute(`CREATE FUNCTION see_job() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO public.seen_job SELECT NEW.*; RETURN NULL; END $$`);
    await fixture.database.execute(
      'CREATE TRIGGER seen AFTER INSERT ON bullmq.job FOR EACH ROW EXECUTE FUNCTION see_job()',
    );
    if (environment.REDIS_URL !== undefined) {
      monitor = await monitorOf(environment.REDIS_URL, (text) => toRedis.push(text));
    }
  });

  afterAll(async () => {
    monitor?.destroy();
    await fixture.stop();
  });

  it('[W32] stands in no table, log, job or answer but the one that shows it', async () => {
    const receiver = await fixture.receiver();
    receiver.answer = ({ number }, response) => {
      response.writeHead(number === 1 ? 500 : 204).end();
    };
    const answers: string[] = [];
    const send = async (method: string, path: string, body?: unknown, key?: string) => {
      const answer = await app.api.send(method, `/v1/webhooks${path}`, {
        ...(body === undefined ? {} : { body }),
        ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
      });
      answers.push(answer.text);
      return answer;
    };
    const events = ['incident.updated'];
    const { body: created } = await send('POST', '', { url: receiver.url, events }, 'create');
    const generated = String(created.secret);
    answers.pop();
    const path = `/${String(created.id)}`;
    await send('PUT', path, { secret: given });
    await send('PUT', path, { secret: raw, secret_overlap_seconds: 600 }, 'rotate');
    await send('PUT', path, { secret: raw.slice(0, 20) });
    await send('PUT', path, { secret: `${given}*` });
    await send('POST', '', { url: receiver.url, events, secret: given, extra: given });

    // A failure, a delivery, its replay and a test, all signed with the three keys.
    await fixture.publish(app.tenant.id);
    await receiver.received(1);
    await fixture.publish(app.tenant.id);
    await receiver.received(2);
    const succeeded = async () =>
      (await fixture.deliveries(app, path.slice(1), '?status=succeeded'))[0];
    let delivery = await succeeded();
    while (!delivery) delivery = await succeeded();
    await send('POST', `${path}/deliveries/${delivery.id}/redeliver`);
    await receiver.received(3);
    await send('POST', `${path}/test`);
    await receiver.received(4);
    for (const read of ['', path, `${path}/deliveries?include=attempts`, '?limit=1'])
      await send('GET', read);
    expect(String(receiver.requests[0]?.headers['webhook-signature']).split(' ')).toHaveLength(3);

    const places = {
      answers: answers.join('\n'),
      log: fixture.app.log(),
      database: await dump(fixture),
      redis: toRedis.join(''),
    };
    // The dumps hold what they are to be searched for: the jobs.
    expect(monitor ? places.redis : places.database).toContain('webhook_id');
    for (const secret of [generated, given, raw])
      for (const [place, text] of Object.entries(places))
        for (const form of formsOf(secret))
          expect([place, form, text.includes(form)]).toEqual([place, form, false]);
  });
});

/** By hand: ioredis mistakes the first commands that others send for answers to its own. */
async function monitorOf(url: string, see: (text: string) => void): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).setEncoding('latin1');
  socket.write('MONITOR\r\n');
  const [first] = (await once(socket, 'data')) as [string];
  if (!first.startsWith('+OK')) throw new Error(`no MONITOR: ${first}`);
  see(first);
  socket.on('data', see);
  return socket;
}

/** As text, and as the hexadecimal digits in which a dump shows bytes; the key alone as well. */
function formsOf(secret: string): string[] {
  const key = secret.replace(/^whsec_/, '');
  const bytes = secret === key ? Buffer.from(key) : Buffer.from(key, 'base64');
  return [
    key,
    Buffer.from(key).toString('hex'),
    bytes.toString('hex'),
    bytes.toString('base64url'),
  ];
}

/** Every row of every table, those of BullMQ included. */
async function dump({ database }: WebhookFixture): Promise<string> {
  const tables = await database.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('public', 'bullmq')`,
  );
  const texts = [];
  for (const { name } of tables) {
    const [row] = await database.query<{ text: string | null }>(
      `SELECT string_agg(to_json(t)::text, E'\\n') AS text FROM ${name} t`,
    );
    texts.push(row?.text ?? '');
  }
  return texts.join('\n');
}

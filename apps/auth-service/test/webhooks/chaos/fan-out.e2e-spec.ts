import pg from 'pg';
import { backends } from '../backends.js';
import { buildWorker } from '../worker-process.js';
import { ChaosRun } from './chaos-run.js';

const webhooksPerApp = 20;
const apps = 25;
/** Held by the suite; the fan-out waits for it at its 250th row. */
const lock = 4_711;

jest.setTimeout(150_000);

describe.each(backends)('a relay that dies, on BullMQ with %s', (_name, environment) => {
  let run: ChaosRun;

  beforeAll(() => buildWorker());
  beforeEach(async () => {
    run = await ChaosRun.start(environment);
  });
  afterEach(() => run.stop());

  it('[W4] in the middle of a fan-out to 500 endpoints leaves exactly 500 deliveries in the end', async () => {
    const { fixture, app, receiver } = run;
    for (let n = 0; n < apps; n++) {
      const owner = n === 0 ? app : await fixture.createApp(app.tenant);
      await Promise.all(
        Array.from({ length: webhooksPerApp }, (_, m) =>
          fixture.createWebhook(owner, `${receiver.url}/${n}/${m}`),
        ),
      );
    }
    await fixture.database.execute('CREATE SEQUENCE fan_out_row');
    await fixture.database.execute(`
      CREATE FUNCTION halt() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('fan_out_row') = 250 THEN PERFORM pg_advisory_xact_lock(${lock}); END IF;
        RETURN NEW; END $$`);
    await fixture.database.execute(
      'CREATE TRIGGER halt BEFORE INSERT ON webhook_delivery FOR EACH ROW EXECUTE FUNCTION halt()',
    );
    const holder = new pg.Client({ connectionString: fixture.app.environment['DATABASE_URL'] });
    await holder.connect();
    try {
      await holder.query('SELECT pg_advisory_lock($1)', [lock]);
      await run.publish(1);
      const worker = await run.startWorker();
      while (!(await isWaiting(holder)));
      await worker.end('SIGKILL');
    } finally {
      await holder.end();
    }
    await run.startWorker();
    await run.settled();

    expect(await run.ledger(apps * webhooksPerApp)).toEqual({
      published: 500,
      delivered: 500,
      visiblyNotDelivered: 0,
      duplicates: 0,
    });
    expect(await fixture.database.query('SELECT FROM webhook_delivery')).toHaveLength(500);
  });
});

async function isWaiting(client: pg.Client): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted`,
    [lock],
  );
  return rowCount === 1;
}

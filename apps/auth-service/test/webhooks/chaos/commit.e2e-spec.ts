import { ApiClient } from '#libs/testing';
import pg from 'pg';
import { OperatorTokenCommand } from '../../../src/modules/ops/cli/operator-token.command.js';
import { cliAdministrator } from '../../../src/modules/ops/cli/run-cli.js';
import { backends } from '../backends.js';
import { buildWorker, WorkerProcess } from '../worker-process.js';
import { ChaosRun } from './chaos-run.js';

/** Held by the suite; a commit waits for it. */
const lock = 4_712;

jest.setTimeout(150_000);

describe.each(backends)('a process that dies, on BullMQ with %s', (_name, environment) => {
  let run: ChaosRun;
  let holder: pg.Client;

  beforeAll(() => buildWorker());
  beforeEach(async () => {
    run = await ChaosRun.start(environment);
    await run.subscribe(3);
    holder = new pg.Client({ connectionString: run.fixture.app.environment['DATABASE_URL'] });
    await holder.connect();
    await holder.query('SELECT pg_advisory_lock($1)', [lock]);
  });
  afterEach(async () => {
    await holder.end();
    await run.stop();
  });

  /** From now on a transaction that inserts into the table stands still in its COMMIT, until it is let go. */
  const haltCommitsOf = async (table: string): Promise<void> => {
    await run.fixture.database.execute(`
      CREATE FUNCTION halt() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_advisory_xact_lock_shared(${lock}); RETURN NULL; END $$`);
    await run.fixture.database.execute(`CREATE CONSTRAINT TRIGGER halt AFTER INSERT ON ${table}
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION halt()`);
  };
  const commitIsHalted = async (): Promise<void> => {
    for (let waiting = 0; waiting === 0;)
      waiting =
        (
          await holder.query(
            `SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted`,
            [lock],
          )
        ).rowCount ?? 0;
  };
  /** Whoever asked for the commit is dead by now; it goes through all the same. */
  const letGo = async (table: string): Promise<void> => {
    await holder.query('SELECT pg_advisory_unlock($1)', [lock]);
    await holder.query(`DROP TRIGGER halt ON ${table}`);
  };

  it('[W1] the API in its commit of an event: nobody is told, and it arrives', async () => {
    const { fixture, receiver } = run;
    const api = await WorkerProcess.start(
      { ...fixture.app.environment, WORKER_ROLE: 'api' },
      'main.js',
    );
    const { access_token } = await fixture.app
      .get(OperatorTokenCommand)
      .run({ as: 'olga' }, cliAdministrator());
    const operator = new ApiClient(`http://127.0.0.1:${String(api.ports.operator)}`);
    await haltCommitsOf('event_outbox');
    const answer = operator.withToken(access_token as string).post('/v1/events', {
      body: { tenant_id: run.app.tenant.id, type: 'incident.updated', data: {} },
    });
    const refused = expect(answer).rejects.toThrow();
    await commitIsHalted();
    await api.end('SIGKILL');
    await refused;
    await letGo('event_outbox');
    expect(await fixture.database.query('SELECT FROM event_outbox')).toHaveLength(1);
    await run.startWorker();
    await receiver.received(3);
    await run.settled();
    expect(receiver.requests).toHaveLength(3);
  });

  it('[W1] the worker between the commit of a fan-out and the wake-up of its lanes: they are sent', async () => {
    await haltCommitsOf('webhook_pending');
    const worker = await run.startWorker();
    await run.publish(1);
    await commitIsHalted();
    await worker.end('SIGKILL');
    await letGo('webhook_pending');
    expect(await run.fixture.database.query('SELECT FROM webhook_pending')).toHaveLength(3);
    await run.startWorker();
    await run.settled();
    expect(await run.ledger(3)).toEqual({
      published: 3,
      delivered: 3,
      visiblyNotDelivered: 0,
      duplicates: 0,
    });
  });
});

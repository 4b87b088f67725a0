import { OwnPostgres } from '#libs/testing';
import { backends } from '../backends.js';
import { buildWorker } from '../worker-process.js';
import { ChaosRun, isFull } from './chaos-run.js';

const endpoints = 5;
const rounds = isFull ? 5 : 1;
const events = isFull ? 200 : 40;

jest.setTimeout(isFull ? 600_000 : 150_000);

describe.each(backends)('a PostgreSQL that goes away, on BullMQ with %s', (_name, environment) => {
  let postgres: OwnPostgres;
  let run: ChaosRun;

  beforeAll(() => buildWorker());
  beforeEach(async () => {
    postgres = await OwnPostgres.start();
    run = await ChaosRun.start({ ...environment, DATABASE_URL: postgres.url });
  });
  afterEach(async () => {
    await run.stop();
    await postgres.drop();
  });

  it.each([
    ['is restarted', () => postgres.stop()],
    ['is killed', () => postgres.kill()],
  ])(
    '[W5] [W25] loses nothing that was acknowledged when it %s under delivery',
    async (_how, takeAway) => {
      await run.subscribe(endpoints);
      await run.startWorker();
      for (let round = 0; round < rounds; round++) {
        const seen = run.receiver.requests.length;
        await run.publish(events);
        await run.receiver.received(seen + 10);
        const goingAway = run.publish(events);
        await takeAway();
        expect(await run.publish(5)).toEqual([]);
        await postgres.startAgain();
        await goingAway;
      }
      // Both the API and the worker have come back by themselves.
      while ((await run.publish(1)).length === 0);
      await run.settled();

      const { published, delivered, visiblyNotDelivered } = await run.ledger(endpoints);
      expect(published).toBeGreaterThan(rounds * events * endpoints);
      expect({ delivered, visiblyNotDelivered }).toEqual({
        delivered: published,
        visiblyNotDelivered: 0,
      });
    },
  );
});

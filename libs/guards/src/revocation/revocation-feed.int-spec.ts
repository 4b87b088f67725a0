import { createLogger, Database, Notifications } from '#libs/foundation';
import { Cable, FixedClock, TestDatabase } from '#libs/testing';
import { setImmediate as turn } from 'node:timers/promises';
import pg from 'pg';
import { DataSource } from 'typeorm';
import type { AccessToken } from '../tokens/access-token.js';
import { revoke, RevocationFeed } from './revocation-feed.js';

const logger = createLogger({ name: 'test', level: 'silent' });
const timersOfPgAndUs = [
  'setTimeout',
  'setImmediate',
  'nextTick',
  'queueMicrotask',
  'performance',
] as const;

describe('RevocationFeed', () => {
  const clock = new FixedClock();
  let database: TestDatabase;
  let cable: Cable;
  let dataSource: DataSource;
  let sql: Database;
  let notifications: Notifications;
  let feed: RevocationFeed;
  let monotonicMs = 0;

  beforeEach(async () => {
    database = await TestDatabase.create();
    cable = await Cable.to(database.url);
    dataSource = await new DataSource({
      type: 'postgres',
      url: cable.url,
      extra: { max: 2 },
    }).initialize();
    sql = new Database(dataSource);
    notifications = new Notifications(database.url, logger);
    feed = feedOf(20_000);
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    jest.useRealTimers();
    await feed.stop();
    await notifications.close();
    await dataSource.destroy();
    await cable.cut();
    await database.drop();
  });

  /** @param patienceMs for one read: short only where one is to fail, for a busy machine takes its time */
  const feedOf = (patienceMs: number): RevocationFeed =>
    new RevocationFeed(sql.within(patienceMs), notifications, clock, logger, () => monotonicMs);
  const token = (tokenId: string): AccessToken =>
    ({ tokenId, issuedAtMs: clock.now() }) as unknown as AccessToken;
  const isDead = (tokenId: string): boolean => feed.isRevoked(token(tokenId));
  const entry = (subject: string): Parameters<typeof revoke>[1] => ({
    kind: 'token',
    subject,
    notBeforeMs: clock.now() + 1,
    expiresAtMs: clock.now() + 120_000,
  });
  const felt = async (tokenId: string): Promise<void> => {
    const givenUp = AbortSignal.timeout(20_000);
    while (!isDead(tokenId) && !givenUp.aborted) await turn();
    expect(isDead(tokenId)).toBe(true);
  };

  it('sees what commits late, behind what was written after it', async () => {
    await feed.start();
    const late = new pg.Client({ connectionString: database.url });
    await late.connect();
    await late.query('BEGIN');
    const run = async (text: unknown, values?: readonly unknown[]): Promise<pg.QueryResult> =>
      late.query(text as string, [...(values ?? [])]);
    const transaction = {
      query: async <Row>(text: unknown, values?: readonly unknown[]) =>
        (await run(text, values)).rows as Row[],
      execute: async (text: unknown, values?: readonly unknown[]) =>
        (await run(text, values)).rowCount ?? 0,
    };
    await revoke(transaction, entry('late'));
    await revoke(sql, entry('early'));
    await feed.refresh();
    expect([isDead('early'), isDead('late')]).toEqual([true, false]);
    await late.query('COMMIT');
    await late.end();
    await feed.refresh();
    expect([isDead('early'), isDead('late')]).toEqual([true, true]);
  });

  it('is carried by the poll alone where no notice arrives', async () => {
    jest.useFakeTimers({ doNotFake: [...timersOfPgAndUs] });
    jest.spyOn(notifications, 'subscribe').mockResolvedValue(() => undefined);
    await feed.start();
    await revoke(sql, entry('t'));
    expect(isDead('t')).toBe(false);
    jest.advanceTimersByTime(2_000);
    await felt('t');
  });

  it('is carried by notices alone between two polls', async () => {
    jest.useFakeTimers({ doNotFake: [...timersOfPgAndUs] });
    await feed.start();
    await revoke(sql, entry('t'));
    await felt('t');
  });

  it('forgets what has expired', async () => {
    await feed.start();
    await revoke(sql, entry('t'));
    await feed.refresh();
    clock.advance(120_000);
    monotonicMs += 60_000;
    expect(isDead('t')).toBe(false);
    clock.advance(-120_000);
    expect(isDead('t')).toBe(true);
    clock.advance(120_000);
    await feed.refresh();
    clock.advance(-120_000);
    expect(isDead('t')).toBe(false);
  });

  it('goes on by another connection when one has gone silent', async () => {
    feed = feedOf(1_000);
    await feed.start();
    await revoke(sql, entry('t'));
    cable.hush();
    await feed.refresh();
    await feed.refresh();
    expect(isDead('t')).toBe(true);
  });
});

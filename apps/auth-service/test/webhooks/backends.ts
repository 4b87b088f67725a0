const redisUrl = process.env['REDIS_URL'];
const worker = process.env['JEST_WORKER_ID'] ?? '0';

/** What BullMQ runs on: PostgreSQL always, Redis where REDIS_URL is set, in a database of this worker's that it may flush. */
export const backends: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['PostgreSQL', {}],
  ...(redisUrl
    ? [
        [
          'Redis',
          {
            REDIS_URL: new URL(`/${worker}`, redisUrl).href,
            REDIS_KEY_PREFIX: `test-${process.pid}-${worker}`,
          },
        ] as const,
      ]
    : []),
];

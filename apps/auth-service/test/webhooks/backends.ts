/** What BullMQ runs on: PostgreSQL always, Redis where REDIS_URL is set. */
export const backends: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['PostgreSQL', {}],
  ...(process.env['REDIS_URL']
    ? [
        [
          'Redis',
          {
            REDIS_URL: process.env['REDIS_URL'],
            REDIS_KEY_PREFIX: `test-${process.pid}-${process.env['JEST_WORKER_ID'] ?? '0'}`,
          },
        ] as const,
      ]
    : []),
];

// Mercurius with jit from the first request on, persisted queries only.
import Fastify from 'fastify';
import mercurius from 'mercurius';
import { caller } from './graphql-data.mjs';
import { announce, buildSchema } from './graphql-schema.mjs';

const app = Fastify();
await app.register(mercurius, {
  schema: await buildSchema(),
  context: () => ({ ...caller }),
  jit: 1,
  onlyPersisted: true,
  persistedQueries: JSON.parse(process.env.BENCH_DOCUMENTS ?? '{}'),
});
await app.listen({ port: 0, host: '127.0.0.1' });
announce(app.server.address().port);

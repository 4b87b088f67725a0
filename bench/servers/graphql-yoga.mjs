// GraphQL Yoga 5 with its persisted-operations plugin, which refuses everything else.
import http from 'node:http';
import { createYoga } from 'graphql-yoga';
import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations';
import { caller } from './graphql-data.mjs';
import { announce, buildSchema } from './graphql-schema.mjs';

const documents = JSON.parse(process.env.BENCH_DOCUMENTS ?? '{}');
const yoga = createYoga({
  schema: await buildSchema(),
  context: () => ({ ...caller }),
  graphiql: false,
  landingPage: false,
  logging: false,
  plugins: [
    usePersistedOperations({
      getPersistedOperation: (id) => documents[id] ?? null,
      skipDocumentValidation: true,
    }),
  ],
});
const server = http.createServer(yoga);
server.listen(0, '127.0.0.1', () => announce(server.address().port));

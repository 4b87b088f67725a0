// Apollo Server 5 as its documentation starts it.
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { caller } from './graphql-data.mjs';
import { announce, buildSchema } from './graphql-schema.mjs';

const server = new ApolloServer({
  schema: await buildSchema(),
  introspection: false,
  stopOnTerminationSignals: false,
});
const { url } = await startStandaloneServer(server, {
  listen: { port: 0, host: '127.0.0.1' },
  context: async () => caller,
});
announce(Number(new URL(url).port));

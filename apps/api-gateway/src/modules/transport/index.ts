export { GraphQLHandler } from './graphql.handler.js';
export { TransportModule } from './transport.module.js';

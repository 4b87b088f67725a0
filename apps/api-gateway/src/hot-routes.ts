import type { PublishedHotRoute } from '#libs/foundation';
import type { INestApplication } from '@nestjs/common';
import { GraphQLHandler } from './modules/transport/index.js';

/** `/graphql` is served in front of the Express router. Its pipeline authenticates; the route itself is open. */
export function hotRoutes(app: INestApplication): readonly PublishedHotRoute[] {
  const graphql = app.get(GraphQLHandler);
  const route = { path: '/graphql', access: { kind: 'public' }, listener: 'public' } as const;
  return [
    {
      ...route,
      method: 'POST',
      handler: (request, response) => graphql.post(request, response),
      writesHeaders: true,
    },
    { ...route, method: 'OPTIONS', handler: (_request, response) => graphql.options(response) },
  ];
}

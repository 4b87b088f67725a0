// api-gateway as it is built and started, but for the incidents, which every contender has in memory.
await import('./graphql-schema.mjs');
await import('../../dist/apps/api-gateway/src/main.js');

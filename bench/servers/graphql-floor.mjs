// The least that can answer: node:http, the body read and parsed, the same data serialised to the same bytes.
import http from 'node:http';
import { caller, incidents } from './graphql-data.mjs';
import { announce } from './graphql-schema.mjs';

const small = () => ({
  data: {
    result: {
      clientId: caller.clientId,
      tenantId: caller.tenantId,
      scopes: [...caller.scopes],
    },
  },
});
/** Enumerations by the names they have in GraphQL. */
const nodes = incidents.nodes.map((node) => ({
  ...node,
  status: node.status.toUpperCase(),
  severity: node.severity.toUpperCase(),
}));
const large = () => ({ data: { incidents: { nodes, pageInfo: incidents.pageInfo } } });

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { variables } = JSON.parse(Buffer.concat(chunks).toString());
    const text = JSON.stringify(variables?.first === undefined ? small() : large());
    response.writeHead(200, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(text),
    });
    response.end(text);
  });
});
server.listen(0, '127.0.0.1', () => announce(server.address().port));

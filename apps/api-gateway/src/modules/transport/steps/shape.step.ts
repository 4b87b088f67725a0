import type { Exchange, Step } from '../exchange.js';
import { readGraphQLRequest } from '../graphql-request.js';
import { refusal, type Refusal } from '../refusal.js';

export const shapeStep: Step = {
  name: 'shape',
  run(exchange: Exchange): Refusal | undefined {
    const body = readGraphQLRequest(exchange.bytes);
    if (typeof body === 'string') return refusal('BAD_REQUEST', { reason: body });
    exchange.body = body;
    return undefined;
  },
};

import { decodeId } from '#libs/foundation';
import type { Exchange, Step } from '../exchange.js';
import { refusal, type Refusal } from '../refusal.js';

/**
 * The token's claim decides; the header only has to agree with it (graphql.md section 4). Node joins a header that
 * came twice with a comma, which no tenant id contains. A foreign tenant is refused without looking whether it exists.
 */
export const tenantStep: Step = {
  name: 'tenant',
  run(exchange: Exchange): Refusal | undefined {
    const header = exchange.request.headers['x-tenant-id'];
    const { tenantId, clientId, subject } = exchange.token;
    if (tenantId === undefined || header !== tenantId) {
      const isTenantId = typeof header === 'string' && decodeId('ten', header) !== undefined;
      return refusal(isTenantId ? 'TENANT_MISMATCH' : 'TENANT_REQUIRED');
    }
    exchange.tenantId = tenantId;
    exchange.limitKey = `${clientId ?? subject} ${tenantId}`;
    return undefined;
  },
};

import type { OperatorActor } from '#libs/guards';
import type { TenantAdministrator } from '../identity/index.js';

/** An operator of the operator listener as the services know whoever administers. */
export function asAdministrator({ name, request }: OperatorActor): TenantAdministrator {
  return { kind: 'operator', name, request };
}

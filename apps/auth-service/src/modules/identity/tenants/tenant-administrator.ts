import type { OperatorActor } from '#libs/guards';
import type { TenantAdministrator } from './tenants.service.js';

/** An operator over HTTP, as the services of tenants and users know whoever changes them. */
export function toAdministrator({ name, request }: OperatorActor): TenantAdministrator {
  return { kind: 'operator', name, request };
}

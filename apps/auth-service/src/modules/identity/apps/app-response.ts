import type { ClientSecret, PlatformApp, Tenant } from '#libs/entities';
import { etagOf } from '#libs/foundation';
import type { z } from 'zod';
import { effectivePolicy, type EffectivePolicy } from '../governance/effective-policy.js';
import { toGovernance } from '../governance/governance-response.js';
import { toSecrets } from '../secrets/secrets.dto.js';
import type { appResponse, createdAppResponse } from './apps.dto.js';

/** An app with the rows its representation needs. */
export interface AppView {
  app: PlatformApp;
  tenant: Pick<Tenant, 'governance' | 'status'>;
  /** Not revoked; the expired ones are left out of the answer. */
  secrets: readonly ClientSecret[];
}

export const policyOf = ({ app, tenant }: Pick<AppView, 'app' | 'tenant'>): EffectivePolicy =>
  effectivePolicy({ app, tenant });

/**
 * The version, which If-Match asks for; after a dot, what the representation shows beyond it: when a secret was used,
 * and that one has expired.
 */
export function etagOfApp({ app, secrets }: AppView, shown: z.output<typeof appResponse>): string {
  const usedAtMs = Math.max(0, ...secrets.map(({ lastUsedAt }) => lastUsedAt?.getTime() ?? 0));
  const over = secrets.length - shown.secrets.length;
  const beyond = usedAtMs === 0 && over === 0 ? '' : `.${usedAtMs.toString(36)}.${over}`;
  return etagOf(`${app.version}${beyond}`);
}

export function toApp(view: AppView, nowMs: number): z.output<typeof appResponse> {
  const { app, secrets } = view;
  const policy = policyOf(view);
  return {
    client_id: app.id,
    name: app.name,
    tenant_id: app.tenantId,
    status: policy.status,
    application_type: app.applicationType,
    token_endpoint_auth_method: app.tokenEndpointAuthMethod ?? 'client_secret_basic',
    grant_types: app.grantTypes,
    redirect_uris: app.redirectUris,
    requested_scopes: app.requestedScopes,
    approved_scopes: app.approvedScopes,
    pending_scopes: app.requestedScopes.filter((name) => !app.approvedScopes.includes(name)),
    governance: toGovernance(policy),
    secrets: toSecrets(secrets, policy, nowMs),
    jwks: app.jwks as z.output<typeof appResponse>['jwks'],
    contacts: app.contacts,
    policy_uri: app.policyUri,
    created_at: app.createdAt.toISOString(),
    updated_at: app.updatedAt.toISOString(),
  };
}

export function toCreatedApp(
  view: AppView,
  clientSecret: string | undefined,
  nowMs: number,
): z.output<typeof createdAppResponse> {
  const app = toApp(view, nowMs);
  if (clientSecret === undefined) return app;
  const expiresAt = app.secrets[0]?.expires_at ?? null;
  return {
    ...app,
    client_secret: clientSecret,
    client_secret_expires_at: expiresAt === null ? 0 : Math.floor(Date.parse(expiresAt) / 1000),
  };
}

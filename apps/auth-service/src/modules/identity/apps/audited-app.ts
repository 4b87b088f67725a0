import type { PlatformApp } from '#libs/entities';

/** What the audit log keeps of an app: metadata as on the wire. It holds no secret, since an app's row holds none. */
export function auditedApp(app: PlatformApp): Record<string, unknown> {
  return {
    name: app.name,
    status: app.status,
    application_type: app.applicationType,
    token_endpoint_auth_method: app.tokenEndpointAuthMethod,
    grant_types: app.grantTypes,
    redirect_uris: app.redirectUris,
    requested_scopes: app.requestedScopes,
    approved_scopes: app.approvedScopes,
    governance: app.governance,
    jwks: app.jwks,
    contacts: app.contacts,
    policy_uri: app.policyUri,
  };
}

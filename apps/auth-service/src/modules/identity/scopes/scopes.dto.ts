import type { Scope } from '#libs/entities';
import { z } from 'zod';

export const scopeResponse = z.strictObject({
  name: z.string(),
  description: z.string(),
  resources: z.array(z.string()),
  sensitivity: z.enum(['normal', 'sensitive', 'admin']),
  approval: z.enum(['auto', 'tenant_admin', 'knogin_review']),
  grantable_to: z.array(z.enum(['client_credentials', 'authorization_code'])),
  deprecated: z.boolean(),
});

export const listScopesResponse = z.strictObject({ scopes: z.array(scopeResponse) });

/** The resources as the tokens name them. */
export interface ResourceUrls {
  auth: string;
  api: string;
}

export function toScope(
  scope: Scope,
  urls: ResourceUrls,
  language: 'de' | 'en',
): z.output<typeof scopeResponse> {
  return {
    name: scope.name,
    description: language === 'de' ? scope.descriptionDe : scope.descriptionEn,
    resources: scope.resources.map((resource) => urls[resource]),
    sensitivity: scope.sensitivity,
    approval: scope.approval,
    grantable_to: scope.grantableTo,
    deprecated: scope.deprecated,
  };
}

import type { Scope } from '#libs/entities';
import { z } from 'zod';

const text = z.string().trim().min(1).max(300);

export const scopeBody = z.strictObject({
  description_en: text,
  description_de: text,
  /** `auth`: the issuer; `api`: the gateway. */
  resources: z
    .array(z.enum(['auth', 'api']))
    .min(1)
    .max(2),
  sensitivity: z.enum(['normal', 'sensitive', 'admin']),
  approval: z.enum(['auto', 'tenant_admin', 'knogin_review']),
  /** Empty: first-party clients only. */
  grantable_to: z.array(z.enum(['client_credentials', 'authorization_code'])).max(2),
  /** Tenants that see the scope; null: all. */
  published_to: z
    .array(z.string().regex(/^ten_[0-9A-Z]{26}$/))
    .max(10_000)
    .nullable()
    .default(null),
  deprecated: z.boolean().default(false),
});

export type ScopeBody = z.output<typeof scopeBody>;

export const catalogueScope = scopeBody.extend({ name: z.string() });

export type CatalogueScope = z.output<typeof catalogueScope>;

export const listCatalogueResponse = z.strictObject({ scopes: z.array(catalogueScope) });

export function toCatalogueScope(scope: Scope): CatalogueScope {
  return {
    name: scope.name,
    description_en: scope.descriptionEn,
    description_de: scope.descriptionDe,
    resources: scope.resources,
    sensitivity: scope.sensitivity,
    approval: scope.approval,
    grantable_to: scope.grantableTo,
    published_to: scope.publishedTo,
    deprecated: scope.deprecated,
  };
}

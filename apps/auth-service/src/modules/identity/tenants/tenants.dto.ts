import type { Tenant } from '#libs/entities';
import { pageQuery } from '#libs/foundation';
import { z } from 'zod';
import { tenantGovernancePatch } from '../governance/governance-flags.js';

const displayName = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .refine((text) => !/\p{Cc}/u.test(text), 'Remove the control characters.');

export const createTenantBody = z.strictObject({
  slug: z.string().max(63),
  name: displayName.optional(),
});

export type CreateTenantBody = z.output<typeof createTenantBody>;

/** Absent means keep; null in `governance` resets a flag to the platform's default. */
export const updateTenantBody = z
  .strictObject({
    name: displayName,
    status: z.enum(['active', 'suspended']),
    governance: tenantGovernancePatch,
    require_if_match: z.boolean(),
    four_eyes: z.boolean(),
    app_limit: z.int().min(0).max(10_000_000).nullable(),
  })
  .partial();

export type UpdateTenantBody = z.output<typeof updateTenantBody>;

export const listTenantsQuery = pageQuery.extend({ slug: z.string().max(63).optional() });

export type ListTenantsQuery = z.output<typeof listTenantsQuery>;

export const tenantResponse = z.strictObject({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  status: z.enum(['active', 'suspended']),
  /** Only what the tenant sets. */
  governance: z.record(z.string(), z.unknown()),
  require_if_match: z.boolean(),
  four_eyes: z.boolean(),
  app_limit: z.int().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
});

export const listTenantsResponse = z.strictObject({
  tenants: z.array(tenantResponse),
  next_cursor: z.string().nullable(),
});

export function toTenant(tenant: Tenant): z.output<typeof tenantResponse> {
  return {
    id: tenant.id,
    slug: tenant.slug,
    name: tenant.name,
    status: tenant.status,
    governance: tenant.governance,
    require_if_match: tenant.requireIfMatch,
    four_eyes: tenant.fourEyes,
    app_limit: tenant.appLimit,
    created_at: tenant.createdAt.toISOString(),
    updated_at: tenant.updatedAt.toISOString(),
  };
}

import { GRANT_TYPES } from '#libs/entities';
import { pageQuery } from '#libs/foundation';
import { z } from 'zod';
import { governanceResponse } from '../governance/governance-response.js';
import { secretResponse } from '../secrets/secrets.dto.js';
import { appJwks, storedJwks } from './app-jwks.js';
import { longestRedirectUri } from './redirect-uri.js';

const grantType = z.enum(GRANT_TYPES);
const authMethod = z.enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none']);

const unique = (items: readonly unknown[]): boolean => new Set(items).size === items.length;
const once = 'Name each item once.';

const name = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .refine(
    (text) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text),
    'Remove characters that are not seen: control characters, marks of direction, joiners of no width.',
  );
const grantTypes = z.array(grantType).min(1).max(3).refine(unique, once);
const redirectUris = z.array(z.string().max(longestRedirectUri)).max(20).refine(unique, once);
const contacts = z.array(z.email().max(254)).max(10).refine(unique, once);
const policyUri = z.url({ protocol: /^https$/ }).max(2_048);

/** RFC 6749 section 3.3, narrowed to the catalogue's grammar. */
export const scopeName = z.string().regex(/^[a-z0-9:_.-]{1,64}$/);
export const scopeNames = z.array(scopeName).max(100).refine(unique, once);

export const createAppBody = z.strictObject({
  name,
  grant_types: grantTypes,
  redirect_uris: redirectUris.default([]),
  requested_scopes: scopeNames.default([]),
  token_endpoint_auth_method: authMethod.optional(),
  application_type: z.enum(['web', 'native']).default('web'),
  jwks: appJwks.optional(),
  contacts: contacts.default([]),
  policy_uri: policyUri.optional(),
});

export type CreateAppBody = z.output<typeof createAppBody>;

/** Absent means keep, null means clear. */
export const updateAppBody = z
  .strictObject({
    name,
    grant_types: grantTypes,
    redirect_uris: redirectUris,
    requested_scopes: scopeNames,
    token_endpoint_auth_method: authMethod.nullable(),
    application_type: z.enum(['web', 'native']),
    jwks: appJwks.nullable(),
    contacts: contacts.nullable(),
    policy_uri: policyUri.nullable(),
  })
  .partial()
  .refine((body) => Object.keys(body).length > 0, 'Name at least one member to change.');

export type UpdateAppBody = z.output<typeof updateAppBody>;

export const listAppsQuery = pageQuery.extend({
  status: z.enum(['active', 'suspended']).optional(),
  grant_type: grantType.optional(),
});

export type ListAppsQuery = z.output<typeof listAppsQuery>;

export const appResponse = z.strictObject({
  client_id: z.string(),
  name: z.string(),
  tenant_id: z.string(),
  status: z.enum(['active', 'suspended']),
  application_type: z.enum(['web', 'native']),
  token_endpoint_auth_method: authMethod,
  grant_types: z.array(grantType),
  redirect_uris: z.array(z.string()),
  requested_scopes: z.array(z.string()),
  approved_scopes: z.array(z.string()),
  pending_scopes: z.array(z.string()),
  governance: governanceResponse,
  secrets: z.array(secretResponse),
  jwks: storedJwks.nullable(),
  contacts: z.array(z.string()),
  policy_uri: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
});

/** The only answer besides a rotation that carries a secret, and only this once. */
export const createdAppResponse = appResponse.extend({
  client_secret: z.string().optional(),
  /** Seconds since the epoch; 0: it does not expire (RFC 7591 section 3.2.1). */
  client_secret_expires_at: z.int().optional(),
});

export const listAppsResponse = z.strictObject({
  apps: z.array(appResponse),
  next_cursor: z.string().nullable(),
});

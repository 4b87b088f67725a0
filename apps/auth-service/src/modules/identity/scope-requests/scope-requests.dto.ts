import type { ScopeRequest } from '#libs/entities';
import { pageQuery } from '#libs/foundation';
import { z } from 'zod';
import { scopeNames } from '../apps/apps.dto.js';

export const createScopeRequestBody = z.strictObject({
  scopes: scopeNames.min(1),
  justification: z
    .string()
    .trim()
    .min(1)
    .max(2_000)
    .refine((text) => !/[^\P{Cc}\n]/u.test(text), 'Remove the control characters.'),
});

export type CreateScopeRequestBody = z.output<typeof createScopeRequestBody>;

export const listScopeRequestsQuery = pageQuery.extend({
  status: z.enum(['pending', 'approved', 'denied']).optional(),
});

export type ListScopeRequestsQuery = z.output<typeof listScopeRequestsQuery>;

export const scopeRequestResponse = z.strictObject({
  id: z.string(),
  client_id: z.string(),
  scopes: z.array(z.string()),
  justification: z.string(),
  status: z.enum(['pending', 'approved', 'denied']),
  requested_by: z.string(),
  decided_by: z.string().nullable(),
  created_at: z.string(),
  decided_at: z.string().nullable(),
});

export type ScopeRequestResponse = z.output<typeof scopeRequestResponse>;

export const listScopeRequestsResponse = z.strictObject({
  scope_requests: z.array(scopeRequestResponse),
  next_cursor: z.string().nullable(),
});

export function toScopeRequest(request: ScopeRequest): ScopeRequestResponse {
  return {
    id: request.id,
    client_id: request.appId,
    scopes: request.scopes,
    justification: request.justification,
    status: request.status,
    requested_by: request.requestedBy,
    decided_by: request.decidedBy,
    created_at: request.createdAt.toISOString(),
    decided_at: request.decidedAt?.toISOString() ?? null,
  };
}

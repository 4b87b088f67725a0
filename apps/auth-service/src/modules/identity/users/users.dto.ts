import type { UserAccount } from '#libs/entities';
import { pageQuery } from '#libs/foundation';
import { z } from 'zod';

export const emailAddress = z.email().max(254);

const role = z.enum(['owner', 'admin', 'member']);
const displayName = z
  .string()
  .trim()
  .max(120)
  .refine((text) => !/\p{Cc}/u.test(text), 'Remove the control characters.');

export const createUserBody = z.strictObject({
  email: emailAddress,
  role,
  display_name: displayName.default(''),
});

export type CreateUserBody = z.output<typeof createUserBody>;

/** Absent means keep. */
export const updateUserBody = z
  .strictObject({ role, status: z.enum(['active', 'suspended']), display_name: displayName })
  .partial();

export type UpdateUserBody = z.output<typeof updateUserBody>;

export const listUsersQuery = pageQuery.extend({ role: role.optional() });

export type ListUsersQuery = z.output<typeof listUsersQuery>;

export const userResponse = z.strictObject({
  id: z.string(),
  tenant_id: z.string(),
  email: z.string(),
  display_name: z.string(),
  role,
  status: z.enum(['invited', 'active', 'suspended']),
  created_at: z.string(),
  updated_at: z.string(),
});

export const listUsersResponse = z.strictObject({
  users: z.array(userResponse),
  next_cursor: z.string().nullable(),
});

export function toUser(user: UserAccount): z.output<typeof userResponse> {
  return {
    id: user.id,
    tenant_id: user.tenantId,
    email: user.email,
    display_name: user.displayName,
    role: user.role,
    status: user.status,
    created_at: user.createdAt.toISOString(),
    updated_at: user.updatedAt.toISOString(),
  };
}

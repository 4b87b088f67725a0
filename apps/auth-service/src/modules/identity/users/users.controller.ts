import { CurrentOperator, Operator, type OperatorActor } from '#libs/guards';
import { Body, Controller, Get, Param, Patch, Post, Query, SerializeOptions } from '@nestjs/common';
import type { z } from 'zod';
import { toAdministrator } from '../tenants/tenant-administrator.js';
import { TenantsQuery } from '../tenants/tenants.query.js';
import { UserChanges } from './user-changes.service.js';
import {
  createUserBody,
  type CreateUserBody,
  listUsersQuery,
  type ListUsersQuery,
  listUsersResponse,
  toUser,
  updateUserBody,
  type UpdateUserBody,
  userResponse,
} from './users.dto.js';
import { UsersQuery } from './users.query.js';
import { UsersService } from './users.service.js';

/** The people of a tenant, on the operator listener. */
@Controller('v1/tenants/:tenant_id/users')
export class UsersController {
  constructor(
    private readonly users: UsersService,
    private readonly changes: UserChanges,
    private readonly query: UsersQuery,
    private readonly tenants: TenantsQuery,
  ) {}

  @Post()
  @Operator('operator:users')
  @SerializeOptions({ schema: userResponse })
  async create(
    @CurrentOperator() operator: OperatorActor,
    @Param('tenant_id') tenantId: string,
    @Body({ schema: createUserBody }) body: CreateUserBody,
  ): Promise<z.output<typeof userResponse>> {
    await this.tenants.get(tenantId);
    const { email, role, display_name: displayName } = body;
    const user = { tenantId, email, role, displayName };
    return toUser(await this.users.create(toAdministrator(operator), user));
  }

  @Get()
  @Operator('operator:users')
  @SerializeOptions({ schema: listUsersResponse })
  async list(
    @Param('tenant_id') tenantId: string,
    @Query({ schema: listUsersQuery }) query: ListUsersQuery,
  ): Promise<z.output<typeof listUsersResponse>> {
    await this.tenants.get(tenantId);
    const { items, nextCursor } = await this.query.list(tenantId, query);
    return { users: items.map((user) => toUser(user)), next_cursor: nextCursor };
  }

  @Patch(':user_id')
  @Operator('operator:users')
  @SerializeOptions({ schema: userResponse })
  async update(
    @CurrentOperator() operator: OperatorActor,
    @Param('tenant_id') tenantId: string,
    @Param('user_id') userId: string,
    @Body({ schema: updateUserBody }) body: UpdateUserBody,
  ): Promise<z.output<typeof userResponse>> {
    return toUser(await this.changes.update(toAdministrator(operator), tenantId, userId, body));
  }
}

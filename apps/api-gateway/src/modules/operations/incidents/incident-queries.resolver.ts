import { Database } from '#libs/foundation';
import { Args, Context, Info, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import type { OperationContext } from '../../execution/index.js';
import { PagedCost, RequiresScope } from '../schema/directives.js';
import { PageArgs } from '../schema/page.models.js';
import { IncidentArgs, IncidentsArgs } from './incident.inputs.js';
import { Incident, IncidentConnection, IncidentEntryConnection } from './incident.model.js';
import { findIncident, listEntries, listIncidents, toIncident } from './incident.query.js';

/** The tenant's incidents. */
@Resolver(() => Incident)
export class IncidentQueriesResolver {
  constructor(private readonly database: Database) {}

  @Query(() => Incident, { nullable: true })
  @RequiresScope('incidents:read')
  async incident(
    _root: unknown,
    @Args() { id }: IncidentArgs,
    @Context() { tenantId, deadline }: OperationContext,
  ): Promise<Incident | null> {
    const row = await deadline.bound(findIncident(this.database, tenantId, id));
    return row ? toIncident(row) : null;
  }

  @Query(() => IncidentConnection)
  @RequiresScope('incidents:read')
  @PagedCost(1)
  async incidents(
    _root: unknown,
    @Args() { filter, orderBy, ...page }: IncidentsArgs,
    @Context() { tenantId, deadline }: OperationContext,
    @Info() field: GraphQLResolveInfo,
  ): Promise<IncidentConnection> {
    const options = { filter: filter ?? {}, orderBy: orderBy ?? 'created_at' } as const;
    return deadline.bound(listIncidents(this.database, tenantId, { ...page, field }, options));
  }

  @ResolveField(() => IncidentEntryConnection)
  @PagedCost(1)
  async timeline(
    @Parent() incident: Incident,
    @Args() { first, after }: PageArgs,
    @Context() { tenantId, deadline }: OperationContext,
    @Info() field: GraphQLResolveInfo,
  ): Promise<IncidentEntryConnection> {
    return deadline.bound(
      listEntries(this.database, tenantId, incident.id, { first, after, field }),
    );
  }
}

import { decodeId } from '#libs/foundation';
import { Args, Context, Info, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { ExecutionError, type OperationContext } from '../../execution/index.js';
import { ListSize, PagedCost, RequiresScope } from '../schema/directives.js';
import { invalidCursor } from '../schema/invalid-cursor.js';
import { PageArgs } from '../schema/page.models.js';
import { AuthRestClient, RestProblem } from './auth-rest.client.js';
import { deliveriesJson, eventTypesJson, webhookJson, webhooksJson } from './webhook-rest.js';
import { DeliveriesArgs, WebhookArgs } from './webhook.inputs.js';
import {
  DeliveryConnection,
  Webhook,
  WebhookConnection,
  WebhookEventType,
} from './webhook.model.js';

/** The caller's webhooks, read through the public REST contract: both always show the same rows. */
@Resolver(() => Webhook)
export class WebhookQueriesResolver {
  constructor(private readonly rest: AuthRestClient) {}

  @Query(() => Webhook, { nullable: true })
  @RequiresScope('webhooks:read')
  async webhook(
    _root: unknown,
    @Args() { id }: WebhookArgs,
    @Context() context: OperationContext,
  ): Promise<Webhook | null> {
    if (decodeId('wh', id) === undefined) return null;
    const found = await this.rest.request(
      context,
      { method: 'GET', path: `/v1/webhooks/${id}` },
      webhookJson,
    );
    return found instanceof RestProblem ? null : found;
  }

  @Query(() => WebhookConnection)
  @RequiresScope('webhooks:read')
  @PagedCost(2)
  async webhooks(
    _root: unknown,
    @Args() page: PageArgs,
    @Context() context: OperationContext,
    @Info() field: GraphQLResolveInfo,
  ): Promise<WebhookConnection> {
    const path = `/v1/webhooks?${pageQuery(page).toString()}`;
    const found = await this.rest.request(context, { method: 'GET', path }, webhooksJson);
    if (found instanceof RestProblem) throw refusedPage(found, field);
    return found;
  }

  @Query(() => [WebhookEventType], { description: 'What the caller’s webhooks can subscribe to.' })
  @RequiresScope('webhooks:read')
  @ListSize(200)
  async webhookEventTypes(
    _root: unknown,
    _args: unknown,
    @Context() context: OperationContext,
  ): Promise<WebhookEventType[]> {
    const path = '/v1/webhooks/event-types';
    const found = await this.rest.request(context, { method: 'GET', path }, eventTypesJson);
    if (found instanceof RestProblem) throw new ExecutionError('UPSTREAM_ERROR');
    return found;
  }

  @ResolveField(() => DeliveryConnection)
  @PagedCost(2)
  async deliveries(
    @Parent() webhook: Webhook,
    @Args() args: DeliveriesArgs,
    @Context() context: OperationContext,
    @Info() field: GraphQLResolveInfo,
  ): Promise<DeliveryConnection> {
    const query = pageQuery(args);
    if (args.status) query.set('status', args.status);
    const path = `/v1/webhooks/${webhook.id}/deliveries?${query.toString()}`;
    const found = await this.rest.request(context, { method: 'GET', path }, deliveriesJson);
    if (found instanceof RestProblem) throw refusedPage(found, field);
    return found;
  }
}

/** All else was checked before, so that only what happens beside the request is left. */
function refusedPage({ code }: RestProblem, field: GraphQLResolveInfo): ExecutionError {
  return code === 'invalid_cursor' ? invalidCursor(field) : new ExecutionError('UPSTREAM_ERROR');
}

function pageQuery({ first, after }: PageArgs): URLSearchParams {
  const query = new URLSearchParams({ limit: String(first) });
  if (after) query.set('cursor', after);
  return query;
}

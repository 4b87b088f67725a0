import { decodeId } from '#libs/foundation';
import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import type { OperationContext } from '../../execution/index.js';
import { Cost, RequiresScope } from '../schema/directives.js';
import type { InputArgs } from '../schema/input-args.js';
import { type UserError, userError } from '../schema/user-error.model.js';
import { AuthRestClient, RestProblem, type RestRequest } from './auth-rest.client.js';
import { nothingJson, testJson, webhookJson } from './webhook-rest.js';
import {
  CreateWebhookInput,
  DeleteWebhookInput,
  TestWebhookInput,
  UpdateWebhookInput,
} from './webhook.inputs.js';
import {
  DeleteWebhookPayload,
  TestWebhookPayload,
  Webhook,
  WebhookPayload,
} from './webhook.model.js';

/** Webhook configuration through the public REST contract, with the caller's own bearer. */
@Resolver(() => Webhook)
export class WebhookMutationsResolver {
  constructor(private readonly rest: AuthRestClient) {}

  @Mutation(() => WebhookPayload)
  @RequiresScope('webhooks:write')
  @Cost(10)
  async createWebhook(
    _root: unknown,
    @Args('input', { type: () => CreateWebhookInput }) { input }: InputArgs<CreateWebhookInput>,
    @Context() context: OperationContext,
  ): Promise<WebhookPayload> {
    const body = withoutNull(input);
    return this.write(context, { method: 'POST', path: '/v1/webhooks', body });
  }

  @Mutation(() => WebhookPayload)
  @RequiresScope('webhooks:write')
  @Cost(10)
  async updateWebhook(
    _root: unknown,
    @Args('input', { type: () => UpdateWebhookInput }) { input }: InputArgs<UpdateWebhookInput>,
    @Context() context: OperationContext,
  ): Promise<WebhookPayload> {
    const { id, description, secretOverlapSeconds, ...rest } = input;
    if (decodeId('wh', id) === undefined) return { webhook: null, userErrors: [notFound()] };
    const body = {
      ...withoutNull({ ...rest, secret_overlap_seconds: secretOverlapSeconds }),
      ...(description === undefined ? {} : { description }),
    };
    return this.write(context, { method: 'PUT', path: `/v1/webhooks/${id}`, body });
  }

  @Mutation(() => DeleteWebhookPayload)
  @RequiresScope('webhooks:write')
  @Cost(10)
  async deleteWebhook(
    _root: unknown,
    @Args('input', { type: () => DeleteWebhookInput }) { input }: InputArgs<DeleteWebhookInput>,
    @Context() context: OperationContext,
  ): Promise<DeleteWebhookPayload> {
    const { id } = input;
    if (decodeId('wh', id) === undefined) return { deletedId: null, userErrors: [notFound()] };
    const answer = await this.rest.request(
      context,
      { method: 'DELETE', path: `/v1/webhooks/${id}` },
      nothingJson,
    );
    return answer instanceof RestProblem
      ? { deletedId: null, userErrors: answer.userErrors }
      : { deletedId: id, userErrors: [] };
  }

  @Mutation(() => TestWebhookPayload)
  @RequiresScope('webhooks:write')
  @Cost(10)
  async testWebhook(
    _root: unknown,
    @Args('input', { type: () => TestWebhookInput }) { input }: InputArgs<TestWebhookInput>,
    @Context() context: OperationContext,
  ): Promise<TestWebhookPayload> {
    const { id, event } = input;
    const nothing = { deliveryId: null, status: null };
    if (decodeId('wh', id) === undefined) return { ...nothing, userErrors: [notFound()] };
    const answer = await this.rest.request(
      context,
      { method: 'POST', path: `/v1/webhooks/${id}/test`, ...(event && { body: { event } }) },
      testJson,
    );
    return answer instanceof RestProblem
      ? { ...nothing, userErrors: answer.userErrors }
      : { deliveryId: answer.delivery_id, status: answer.status, userErrors: [] };
  }

  private async write(context: OperationContext, request: RestRequest): Promise<WebhookPayload> {
    const answer = await this.rest.request(context, request, webhookJson);
    return answer instanceof RestProblem
      ? { webhook: null, userErrors: answer.userErrors }
      : { webhook: answer, userErrors: [] };
  }
}

/** Absent and null both leave a member as it is, but for those that null clears. */
function withoutNull(input: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(input).filter(([, value]) => value !== null && value !== undefined),
  );
}

function notFound(): UserError {
  return userError('NOT_FOUND', 'id', 'There is no webhook with this id.');
}

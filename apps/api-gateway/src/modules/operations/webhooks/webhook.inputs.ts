import { ArgsType, Field, ID, InputType, Int } from '@nestjs/graphql';
import { PageArgs } from '../schema/page.models.js';
import { EventTypeScalar, UrlScalar } from '../schema/scalars.js';
import { DeliveryStatus } from './webhook.model.js';

@ArgsType()
export class WebhookArgs {
  @Field(() => ID)
  id: string;
}

@ArgsType()
export class DeliveriesArgs extends PageArgs {
  @Field(() => DeliveryStatus, { nullable: true })
  status?: DeliveryStatus | null;
}

@InputType()
export class CreateWebhookInput {
  @Field(() => UrlScalar)
  url: string;

  @Field(() => [EventTypeScalar])
  events: string[];

  @Field(() => String, { description: 'The caller’s own signing secret: none is ever returned.' })
  secret: string;

  @Field(() => String, { nullable: true })
  description?: string | null;

  @Field(() => Boolean, { nullable: true })
  enabled?: boolean | null;
}

@InputType({ description: 'What is left out stays as it is.' })
export class UpdateWebhookInput {
  @Field(() => ID)
  id: string;

  @Field(() => UrlScalar, { nullable: true })
  url?: string | null;

  @Field(() => [EventTypeScalar], { nullable: true })
  events?: string[] | null;

  @Field(() => String, { nullable: true, description: 'A new signing secret.' })
  secret?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How long the old secret signs as well, in seconds.',
  })
  secretOverlapSeconds?: number | null;

  @Field(() => String, { nullable: true, description: 'Null clears it.' })
  description?: string | null;

  @Field(() => Boolean, { nullable: true })
  enabled?: boolean | null;
}

@InputType()
export class DeleteWebhookInput {
  @Field(() => ID)
  id: string;
}

@InputType()
export class TestWebhookInput {
  @Field(() => ID)
  id: string;

  @Field(() => EventTypeScalar, { nullable: true })
  event?: string | null;
}

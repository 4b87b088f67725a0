import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { ListSize } from '../schema/directives.js';
import { PageInfo } from '../schema/page.models.js';
import { DateTimeScalar, EventTypeScalar, UrlScalar } from '../schema/scalars.js';
import { UserError } from '../schema/user-error.model.js';

export const DeliveryStatus = {
  QUEUED: 'queued',
  DELIVERING: 'delivering',
  RETRYING: 'retrying',
  PAUSED: 'paused',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  CANCELED: 'canceled',
  SKIPPED: 'skipped',
} as const;
export type DeliveryStatus = (typeof DeliveryStatus)[keyof typeof DeliveryStatus];
registerEnumType(DeliveryStatus, { name: 'DeliveryStatus' });

@ObjectType({ description: 'An outbound subscription. Its signing secret is never returned.' })
export class Webhook {
  @Field(() => ID)
  id: string;

  @Field(() => UrlScalar)
  url: string;

  @Field(() => [EventTypeScalar])
  @ListSize(100)
  events: string[];

  @Field(() => String, { description: 'active, failing or disabled' })
  status: string;

  @Field(() => String, { nullable: true })
  description: string | null;

  @Field(() => Boolean)
  enabled: boolean;

  @Field(() => DateTimeScalar)
  createdAt: Date;

  @Field(() => DateTimeScalar, { nullable: true })
  secretLastRotatedAt: Date | null;
}

@ObjectType({ description: 'One event on its way to one webhook.' })
export class Delivery {
  @Field(() => ID)
  id: string;

  @Field(() => DeliveryStatus)
  status: DeliveryStatus;

  @Field(() => EventTypeScalar)
  event: string;

  @Field(() => ID)
  eventId: string;

  @Field(() => Boolean)
  test: boolean;

  @Field(() => Int)
  attempts: number;

  @Field(() => DateTimeScalar, { nullable: true })
  attemptedAt: Date | null;

  @Field(() => DateTimeScalar, { nullable: true })
  nextAttemptAt: Date | null;

  @Field(() => Int, { nullable: true, description: 'The HTTP status of the latest attempt.' })
  responseStatus: number | null;

  @Field(() => String, { nullable: true })
  reason: string | null;

  @Field(() => DateTimeScalar)
  createdAt: Date;

  @Field(() => DateTimeScalar, { nullable: true })
  completedAt: Date | null;
}

@ObjectType()
export class WebhookConnection {
  @Field(() => [Webhook])
  nodes: Webhook[];

  @Field(() => PageInfo)
  pageInfo: PageInfo;
}

@ObjectType()
export class DeliveryConnection {
  @Field(() => [Delivery])
  nodes: Delivery[];

  @Field(() => PageInfo)
  pageInfo: PageInfo;
}

@ObjectType()
export class WebhookEventType {
  @Field(() => EventTypeScalar)
  name: string;

  @Field(() => String)
  description: string;
}

@ObjectType()
export class WebhookPayload {
  @Field(() => Webhook, { nullable: true })
  webhook: Webhook | null;

  @Field(() => [UserError])
  @ListSize(20)
  userErrors: UserError[];
}

@ObjectType()
export class DeleteWebhookPayload {
  @Field(() => ID, { nullable: true })
  deletedId: string | null;

  @Field(() => [UserError])
  @ListSize(20)
  userErrors: UserError[];
}

@ObjectType()
export class TestWebhookPayload {
  @Field(() => ID, { nullable: true })
  deliveryId: string | null;

  @Field(() => String, { nullable: true })
  status: string | null;

  @Field(() => [UserError])
  @ListSize(20)
  userErrors: UserError[];
}

import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { ListSize } from '../schema/directives.js';
import { PageInfo } from '../schema/page.models.js';
import { DateTimeScalar, JsonObjectScalar } from '../schema/scalars.js';
import { UserError } from '../schema/user-error.model.js';

export const IncidentStatus = {
  OPEN: 'open',
  ACKNOWLEDGED: 'acknowledged',
  RESOLVED: 'resolved',
  CLOSED: 'closed',
} as const;
export type IncidentStatus = (typeof IncidentStatus)[keyof typeof IncidentStatus];
registerEnumType(IncidentStatus, { name: 'IncidentStatus' });

export const IncidentSeverity = {
  LOW: 'low',
  MEDIUM: 'medium',
  HIGH: 'high',
  CRITICAL: 'critical',
} as const;
export type IncidentSeverity = (typeof IncidentSeverity)[keyof typeof IncidentSeverity];
registerEnumType(IncidentSeverity, { name: 'IncidentSeverity' });

export const IncidentEntryKind = {
  CREATED: 'created',
  UPDATED: 'updated',
  CLOSED: 'closed',
  NOTE: 'note',
} as const;
export type IncidentEntryKind = (typeof IncidentEntryKind)[keyof typeof IncidentEntryKind];
registerEnumType(IncidentEntryKind, { name: 'IncidentEntryKind' });

@ObjectType()
export class Incident {
  @Field(() => ID)
  id: string;

  @Field(() => String, { description: 'The short name that people use, as INC-7.' })
  reference: string;

  @Field(() => String)
  title: string;

  @Field(() => String, { nullable: true })
  description: string | null;

  @Field(() => IncidentStatus)
  status: IncidentStatus;

  @Field(() => IncidentSeverity)
  severity: IncidentSeverity;

  @Field(() => String, { nullable: true })
  source: string | null;

  @Field(() => String, { nullable: true })
  externalRef: string | null;

  @Field(() => [String])
  @ListSize(20)
  labels: string[];

  @Field(() => Int, { description: 'Counts changes; what `expectedVersion` compares.' })
  version: number;

  @Field(() => DateTimeScalar)
  createdAt: Date;

  @Field(() => DateTimeScalar)
  updatedAt: Date;

  @Field(() => DateTimeScalar, { nullable: true })
  closedAt: Date | null;

  @Field(() => String, { nullable: true })
  closeReason: string | null;
}

@ObjectType({ description: 'What happened to an incident, newest first.' })
export class IncidentEntry {
  @Field(() => ID)
  id: string;

  @Field(() => IncidentEntryKind)
  kind: IncidentEntryKind;

  @Field(() => String, { description: 'Who: a user or the client id of an app.' })
  actor: string;

  @Field(() => String, { nullable: true })
  note: string | null;

  @Field(() => JsonObjectScalar, { nullable: true, description: 'Old and new value by field.' })
  changes: Record<string, unknown> | null;

  @Field(() => DateTimeScalar)
  at: Date;
}

@ObjectType()
export class IncidentConnection {
  @Field(() => [Incident])
  nodes: Incident[];

  @Field(() => PageInfo)
  pageInfo: PageInfo;
}

@ObjectType()
export class IncidentEntryConnection {
  @Field(() => [IncidentEntry])
  nodes: IncidentEntry[];

  @Field(() => PageInfo)
  pageInfo: PageInfo;
}

@ObjectType()
export class IncidentPayload {
  @Field(() => Incident, { nullable: true })
  incident: Incident | null;

  @Field(() => [UserError])
  @ListSize(20)
  userErrors: UserError[];
}

import { ArgsType, Field, ID, InputType, Int, registerEnumType } from '@nestjs/graphql';
import { PageArgs } from '../schema/page.models.js';
import { DateTimeScalar } from '../schema/scalars.js';
import { IncidentSeverity, IncidentStatus } from './incident.model.js';

export const IncidentOrder = {
  CREATED_AT_DESC: 'created_at',
  UPDATED_AT_DESC: 'updated_at',
} as const;
export type IncidentOrder = (typeof IncidentOrder)[keyof typeof IncidentOrder];
registerEnumType(IncidentOrder, { name: 'IncidentOrder', description: 'Newest first.' });

@InputType({ description: 'Every condition must hold.' })
export class IncidentFilter {
  @Field(() => [IncidentStatus], { nullable: true })
  status?: IncidentStatus[] | null;

  @Field(() => [IncidentSeverity], { nullable: true })
  severity?: IncidentSeverity[] | null;

  @Field(() => String, { nullable: true })
  label?: string | null;

  @Field(() => String, { nullable: true })
  externalRef?: string | null;

  @Field(() => DateTimeScalar, { nullable: true })
  updatedSince?: Date | null;
}

@ArgsType()
export class IncidentArgs {
  @Field(() => ID)
  id: string;
}

@ArgsType()
export class IncidentsArgs extends PageArgs {
  @Field(() => IncidentFilter, { nullable: true })
  filter?: IncidentFilter | null;

  @Field(() => IncidentOrder, { nullable: true })
  orderBy?: IncidentOrder | null;
}

@InputType()
export class CreateIncidentInput {
  @Field(() => String)
  title: string;

  @Field(() => String, { nullable: true })
  description?: string | null;

  @Field(() => IncidentSeverity)
  severity: IncidentSeverity;

  @Field(() => String, { nullable: true })
  source?: string | null;

  @Field(() => String, { nullable: true })
  externalRef?: string | null;

  @Field(() => [String], { nullable: true })
  labels?: string[] | null;
}

@InputType({ description: 'What is left out stays as it is; null clears what can be empty.' })
export class UpdateIncidentInput {
  @Field(() => ID)
  id: string;

  @Field(() => Int, { nullable: true, description: 'Fails with CONFLICT at any other version.' })
  expectedVersion?: number | null;

  @Field(() => String, { nullable: true })
  title?: string | null;

  @Field(() => String, { nullable: true })
  description?: string | null;

  @Field(() => IncidentStatus, { nullable: true })
  status?: IncidentStatus | null;

  @Field(() => IncidentSeverity, { nullable: true })
  severity?: IncidentSeverity | null;

  @Field(() => String, { nullable: true })
  source?: string | null;

  @Field(() => String, { nullable: true })
  externalRef?: string | null;

  @Field(() => [String], { nullable: true })
  labels?: string[] | null;
}

@InputType()
export class CloseIncidentInput {
  @Field(() => ID)
  id: string;

  @Field(() => Int, { nullable: true })
  expectedVersion?: number | null;

  @Field(() => String, { nullable: true })
  reason?: string | null;
}

@InputType()
export class AddIncidentNoteInput {
  @Field(() => ID)
  id: string;

  @Field(() => String)
  text: string;
}

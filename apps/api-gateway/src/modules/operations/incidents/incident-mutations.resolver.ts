import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import type { OperationContext } from '../../execution/index.js';
import { Cost, RequiresScope } from '../schema/directives.js';
import type { InputArgs } from '../schema/input-args.js';
import {
  AddIncidentNoteInput,
  CloseIncidentInput,
  CreateIncidentInput,
  UpdateIncidentInput,
} from './incident.inputs.js';
import { Incident, IncidentPayload } from './incident.model.js';
import { IncidentsService } from './incidents.service.js';

@Resolver(() => Incident)
export class IncidentMutationsResolver {
  constructor(private readonly incidents: IncidentsService) {}

  @Mutation(() => IncidentPayload)
  @RequiresScope('incidents:write')
  @Cost(10)
  async createIncident(
    _root: unknown,
    @Args('input', { type: () => CreateIncidentInput }) { input }: InputArgs<CreateIncidentInput>,
    @Context() context: OperationContext,
  ): Promise<IncidentPayload> {
    return context.deadline.bound(this.incidents.create(context, input));
  }

  @Mutation(() => IncidentPayload)
  @RequiresScope('incidents:write')
  @Cost(10)
  async updateIncident(
    _root: unknown,
    @Args('input', { type: () => UpdateIncidentInput }) { input }: InputArgs<UpdateIncidentInput>,
    @Context() context: OperationContext,
  ): Promise<IncidentPayload> {
    return context.deadline.bound(this.incidents.update(context, input));
  }

  @Mutation(() => IncidentPayload)
  @RequiresScope('incidents:write')
  @Cost(10)
  async closeIncident(
    _root: unknown,
    @Args('input', { type: () => CloseIncidentInput }) { input }: InputArgs<CloseIncidentInput>,
    @Context() context: OperationContext,
  ): Promise<IncidentPayload> {
    return context.deadline.bound(this.incidents.close(context, input));
  }

  @Mutation(() => IncidentPayload)
  @RequiresScope('incidents:write')
  @Cost(10)
  async addIncidentNote(
    _root: unknown,
    @Args('input', { type: () => AddIncidentNoteInput }) { input }: InputArgs<AddIncidentNoteInput>,
    @Context() context: OperationContext,
  ): Promise<IncidentPayload> {
    return context.deadline.bound(this.incidents.addNote(context, input));
  }
}

import { Query, Resolver } from '@nestjs/graphql';
import type { OperationContext } from '../../execution/index.js';
import { Viewer } from './viewer.model.js';

@Resolver(() => Viewer)
export class ViewerResolver {
  @Query(() => Viewer, { description: 'The caller.' })
  viewer(_root: unknown, _args: unknown, context: OperationContext): Viewer {
    return {
      clientId: context.clientId,
      tenantId: context.tenantId,
      scopes: [...context.scopes].sort(),
    };
  }
}

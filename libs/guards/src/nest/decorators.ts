import { type Role, setAccess } from '#libs/foundation';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor, OperatorActor } from '../actor.js';

/**
 * A tenant's token with the scope, and with the role where one is named; with `apps`, an app's own token whatever its
 * scopes, of which the service must show it nothing but its own.
 */
export const Authenticated = (
  scope: string,
  options: { role?: Role; apps?: boolean } = {},
): MethodDecorator => setAccess({ kind: 'authenticated', scope, ...options });

/** An operator's token with the scope, on the operator listener only. */
export const Operator = (scope: string): MethodDecorator => setAccess({ kind: 'operator', scope });

/** The caller of an `@Authenticated` route. */
export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  return context.switchToHttp().getRequest<{ user: Actor }>().user;
});

/** The caller of an `@Operator` route. */
export const CurrentOperator = createParamDecorator(
  (_: unknown, context: ExecutionContext): OperatorActor => {
    return context.switchToHttp().getRequest<{ user: OperatorActor }>().user;
  },
);

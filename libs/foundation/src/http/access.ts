import { SetMetadata } from '@nestjs/common';
import type { ListenerName } from './listener.js';

/** A tenant role a route may demand, the weakest that is enough: an owner may do all an admin may. */
export type Role = 'owner' | 'admin' | 'member';

/** Who may call a route. Every route states it; one that does not fails at boot. */
export type Access =
  | { kind: 'public' }
  | {
      kind: 'authenticated';
      scope: string;
      role?: Role;
      /** An app's own token needs no scope here: what it sees is its own. */
      apps?: boolean;
    }
  | { kind: 'operator'; scope: string }
  /** No token, but only on the operator listener: health and metrics. */
  | { kind: 'operator-open' };

export const ACCESS_METADATA = 'knogin:access';

export const setAccess = (access: Access): MethodDecorator & ClassDecorator =>
  SetMetadata(ACCESS_METADATA, access);

/** Anyone, on the public listener. */
export const Public = (): MethodDecorator & ClassDecorator => setAccess({ kind: 'public' });

/** Anyone who reaches the operator listener. For health and metrics alone. */
export const OperatorOpen = (): MethodDecorator & ClassDecorator =>
  setAccess({ kind: 'operator-open' });

/** Which listener serves a route. */
export function listenerFor(access: Access): ListenerName {
  switch (access.kind) {
    case 'public':
    case 'authenticated':
      return 'public';
    case 'operator':
    case 'operator-open':
      return 'operator';
  }
}

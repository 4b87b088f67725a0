import type { Stopper } from './stopper.ts';

/** Who stops what was started: everything goes on `stack`, to be stopped in reverse order. */
export interface Lifetime {
  /** The root of the repository. */
  readonly root: string;
  readonly stopper: Stopper;
  readonly stack: AsyncDisposableStack;
}

import type { Logger } from '#libs/foundation';

/** Runs steps that do not need each other, in order: where one fails the rest run all the same. */
export async function runSteps(
  logger: Logger,
  steps: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<void> {
  for (const [step, run] of Object.entries(steps)) {
    try {
      await run();
    } catch (error) {
      logger.error({ err: error, step }, 'step failed');
    }
  }
}

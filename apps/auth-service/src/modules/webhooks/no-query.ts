import { z } from 'zod';

/** Of a route that takes no query: a filter that it does not know would otherwise be left out in silence. */
export const noQuery = z.strictObject({});

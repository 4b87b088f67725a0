import { z } from 'zod';

export const createResourceServerBody = z.strictObject({
  name: z.string().trim().min(1).max(120),
  /** The audience whose tokens it may introspect. */
  resource: z.url({ protocol: /^https?$/ }).max(2_048),
});
export type CreateResourceServerBody = z.output<typeof createResourceServerBody>;

export const resourceServerResponse = z.strictObject({
  id: z.string(),
  name: z.string(),
  resource: z.string(),
  created_at: z.string(),
});

export const createdResourceServerResponse = resourceServerResponse.extend({
  /** Told once. */
  secret: z.string(),
});

export const resourceServersResponse = z.strictObject({
  resource_servers: z.array(resourceServerResponse),
});

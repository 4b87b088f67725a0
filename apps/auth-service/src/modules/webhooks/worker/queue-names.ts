/** BullMQ queues of the webhook worker (webhooks.md section 9). */
export const queueNames = {
  lane: 'wh.lane',
  /** Endpoints that answer slowly, are being probed, or have only retries left: they starve nobody here. */
  slowLane: 'wh.lane.slow',
  test: 'wh.test',
  replay: 'wh.replay',
  tick: 'wh.tick',
  maintenance: 'wh.maint',
} as const;

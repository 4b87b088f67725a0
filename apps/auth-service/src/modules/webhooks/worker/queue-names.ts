/** BullMQ queues of the webhook worker (webhooks.md section 9). */
export const queueNames = {
  lane: 'wh.lane',
  /** Endpoints that answer slowly or are being probed: they starve nobody here. */
  slowLane: 'wh.lane.slow',
  test: 'wh.test',
  replay: 'wh.replay',
  tick: 'wh.tick',
  maintenance: 'wh.maint',
} as const;

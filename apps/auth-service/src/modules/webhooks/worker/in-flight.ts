/** Requests under way in this process, by endpoint and by tenant. */
export class InFlight {
  private readonly byEndpoint = new Map<string, number>();
  private readonly byTenant = new Map<string, number>();
  private readonly waiting = new Map<string, () => void>();
  private readonly work = new Set<Promise<unknown>>();

  constructor(
    private readonly limit: number,
    private readonly tenantShare: number,
  ) {}

  /** How many more requests may start to an endpoint. Slow ones leave half of the tenant's share to the others. */
  room(endpoint: { id: string; tenant_id: string; slow: boolean }, width: number): number {
    const share = Math.ceil(this.limit * this.tenantShare * (endpoint.slow ? 0.5 : 1));
    return Math.max(
      0,
      Math.min(
        width - this.of(endpoint.id),
        share - (this.byTenant.get(endpoint.tenant_id) ?? 0),
        this.limit - this.work.size,
      ),
    );
  }

  /** Counts `work` until it settles. */
  track<T>(webhookId: string, tenantId: string, work: Promise<T>): Promise<T> {
    add(this.byEndpoint, webhookId, 1);
    add(this.byTenant, tenantId, 1);
    const tracked = work.finally(() => {
      this.work.delete(tracked);
      add(this.byEndpoint, webhookId, -1);
      add(this.byTenant, tenantId, -1);
      const callback = this.waiting.get(webhookId);
      this.waiting.delete(webhookId);
      callback?.();
    });
    this.work.add(tracked);
    return tracked;
  }

  /** Requests under way to an endpoint. */
  of(webhookId: string): number {
    return this.byEndpoint.get(webhookId) ?? 0;
  }

  /** Calls back once, when the next of the requests under way to an endpoint settles; never where there is none. */
  onceSettled(webhookId: string, callback: () => void): void {
    if (this.of(webhookId) > 0) this.waiting.set(webhookId, callback);
  }

  /** Whether a call back will come. */
  isAwaited(webhookId: string): boolean {
    return this.waiting.has(webhookId);
  }

  /** Calls back no more for an endpoint, or for all. */
  forget(webhookId?: string): void {
    if (webhookId === undefined) this.waiting.clear();
    else this.waiting.delete(webhookId);
  }

  get size(): number {
    return this.work.size;
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.work.size > 0) await Promise.allSettled(this.work);
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

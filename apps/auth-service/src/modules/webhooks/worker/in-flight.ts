/** Where a request goes. Another URL is another endpoint: what hangs at the one that was takes no place at this one. */
export interface Place {
  /** Of the webhook. */
  id: string;
  url: string;
  tenant_id: string;
}

/** Requests under way in this process, by endpoint and by tenant. */
export class InFlight {
  private readonly byEndpoint = new Map<string, number>();
  private readonly byTenant = new Map<string, number>();
  /** By webhook, whose endpoint it is that is waited for. */
  private readonly waiting = new Map<string, { key: string; callback: () => void }>();
  private readonly work = new Set<Promise<unknown>>();

  constructor(
    private readonly limit: number,
    private readonly tenantShare: number,
  ) {}

  /** How many more requests may start to an endpoint. */
  room(place: Place & { slow: boolean }, width: number): number {
    return Math.max(0, Math.min(width - this.of(place), this.roomOfTenant(place)));
  }

  /** How many more a tenant may start. Slow endpoints leave half of its share to the others. */
  roomOfTenant({ tenant_id, slow }: { tenant_id: string; slow: boolean }): number {
    const share = Math.ceil(this.limit * this.tenantShare * (slow ? 0.5 : 1));
    return Math.min(share - (this.byTenant.get(tenant_id) ?? 0), this.limit - this.work.size);
  }

  /** Counts `work` until it settles. */
  track<T>(place: Place, work: Promise<T>): Promise<T> {
    const key = keyOf(place);
    add(this.byEndpoint, key, 1);
    add(this.byTenant, place.tenant_id, 1);
    const tracked = work.finally(() => {
      this.work.delete(tracked);
      add(this.byEndpoint, key, -1);
      add(this.byTenant, place.tenant_id, -1);
      const waiting = this.waiting.get(place.id);
      if (waiting?.key !== key) return;
      this.waiting.delete(place.id);
      waiting.callback();
    });
    this.work.add(tracked);
    return tracked;
  }

  /** Requests under way to an endpoint. */
  of(place: Place): number {
    return this.byEndpoint.get(keyOf(place)) ?? 0;
  }

  /** Calls back once, when the next of the requests under way to an endpoint settles; never where there is none. */
  onceSettled(place: Place, callback: () => void): void {
    if (this.of(place) > 0) this.waiting.set(place.id, { key: keyOf(place), callback });
  }

  /** Whether a call back will come for a webhook. */
  isAwaited(webhookId: string): boolean {
    return this.waiting.has(webhookId);
  }

  /** Calls back no more for a webhook, or for all. */
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

const keyOf = ({ id, url }: Place): string => `${id} ${url}`;

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

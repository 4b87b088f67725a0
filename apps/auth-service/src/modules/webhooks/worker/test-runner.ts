import { randomUUID } from 'node:crypto';
import { Clock, Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { type EndpointRow, loadEndpoint } from './endpoint.query.js';
import { InFlight } from './in-flight.js';
import { Sender } from './sender.js';
import { claimTest } from './test-delivery.query.js';
import { WorkerSettings } from './worker-settings.js';

/** Sends test deliveries: beside the lanes, so that no backlog delays them, and to disabled webhooks as well. */
@Injectable()
export class TestRunner {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly sender: Sender,
    private readonly inFlight: InFlight,
    private readonly settings: WorkerSettings,
  ) {}

  /** What a tenant has no place for is left to the tick. */
  async run(webhookId: string, deliveryId: string): Promise<void> {
    const endpoint = await loadEndpoint(this.database, webhookId, this.clock.date());
    if (!endpoint || endpoint.deleted || !endpoint.app_active) return;
    const place = { ...endpoint, id: `test:${endpoint.tenant_id}`, url: '' };
    if (this.inFlight.of(place) >= this.settings.testsPerTenant) return;
    await this.inFlight.track(place, this.deliver(endpoint, deliveryId));
  }

  private async deliver(endpoint: EndpointRow, deliveryId: string): Promise<void> {
    // Before the claim: a key that cannot be opened spends no attempt.
    const keys = this.sender.openKeys(endpoint);
    const lease = randomUUID();
    const leaseUntil = new Date(this.clock.now() + this.settings.leaseMs);
    const delivery = await claimTest(this.database, deliveryId, lease, leaseUntil);
    if (delivery?.body) await this.sender.deliver(endpoint, keys, delivery, lease).recorded;
  }
}

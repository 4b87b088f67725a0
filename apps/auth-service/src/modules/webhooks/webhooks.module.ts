import { EgressClient, EgressPolicy } from '#libs/egress';
import { EventPublisher } from '#libs/events';
import { Clock, CursorCodec, Database, loadDataKey } from '#libs/foundation';
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { AuthConfig } from '../../config.js';
import { IdentityModule } from '../identity/index.js';
import { DeliveriesController } from './deliveries/deliveries.controller.js';
import { DeliveriesService } from './deliveries/deliveries.service.js';
import { EventIngestion } from './events/event-ingestion.js';
import { EventsController } from './events/events.controller.js';
import { WebhookKeys } from './subscriptions/webhook-keys.js';
import { WebhookRules } from './subscriptions/webhook-rules.js';
import { WebhooksController } from './subscriptions/webhooks.controller.js';
import { WebhooksService } from './subscriptions/webhooks.service.js';
import { AttemptRecorder } from './worker/attempt-recorder.js';
import { DeliveryEnd } from './worker/delivery-end.js';
import { InFlight } from './worker/in-flight.js';
import { LaneQueue } from './worker/lane-queue.js';
import { LaneRunner } from './worker/lane.js';
import { Maintenance } from './worker/maintenance.js';
import { Partitions } from './worker/partitions.js';
import { Relay } from './worker/relay.js';
import { Sender } from './worker/sender.js';
import { Tick } from './worker/tick.js';
import { WebhookWorker } from './worker/webhook-worker.js';
import { WorkerSettings } from './worker/worker-settings.js';

@Module({
  imports: [IdentityModule],
  controllers: [WebhooksController, DeliveriesController, EventsController],
  providers: [
    {
      provide: EgressClient,
      useFactory: (config: AuthConfig, clock: Clock) =>
        new EgressClient({
          policy: new EgressPolicy({
            allowHttp: config.webhookAllowHttp,
            allowCidrs: config.webhookEgressAllowCidrs.texts,
          }),
          clock,
          ...(config.egressDnsServers.length > 0 ? { dnsServers: config.egressDnsServers } : {}),
        }),
      inject: [AuthConfig, Clock],
    },
    {
      provide: CursorCodec,
      useFactory: async (database: Database, config: AuthConfig, clock: Clock) =>
        new CursorCodec(await loadDataKey(database, config.secretBox, clock, 'cursor')),
      inject: [Database, AuthConfig, Clock],
    },
    { provide: WorkerSettings, useFactory: () => new WorkerSettings() },
    {
      provide: InFlight,
      useFactory: ({ inFlight, tenantShare }: WorkerSettings) =>
        new InFlight(inFlight, tenantShare),
      inject: [WorkerSettings],
    },
    EventPublisher,
    EventIngestion,
    WebhookKeys,
    WebhookRules,
    WebhooksService,
    DeliveriesService,
    Partitions,
    Relay,
    LaneQueue,
    LaneRunner,
    Sender,
    AttemptRecorder,
    DeliveryEnd,
    Tick,
    Maintenance,
    WebhookWorker,
  ],
  exports: [EventIngestion, EventPublisher],
})
export class WebhooksModule implements OnApplicationShutdown {
  constructor(@Inject(EgressClient) private readonly egress: EgressClient) {}

  async onApplicationShutdown(): Promise<void> {
    await this.egress.close();
  }
}

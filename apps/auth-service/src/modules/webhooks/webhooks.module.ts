import { EgressClient, EgressPolicy } from '#libs/egress';
import { EventPublisher } from '#libs/events';
import { Clock, CursorCodec, Database, loadDataKey } from '#libs/foundation';
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { AuthConfig } from '../../config.js';
import { IdentityModule } from '../identity/index.js';
import { MailModule } from '../mail/index.js';
import { DeliveriesController } from './deliveries/deliveries.controller.js';
import { DeliveriesService } from './deliveries/deliveries.service.js';
import { RecoveryService } from './deliveries/recovery.service.js';
import { ReplayService } from './deliveries/replay.service.js';
import { TestDeliveryService } from './deliveries/test-delivery.service.js';
import { EventIngestion } from './events/event-ingestion.js';
import { EventsController } from './events/events.controller.js';
import { EventTypesOfTenantController } from './subscriptions/event-types.controller.js';
import { SecretRotation } from './subscriptions/secret-rotation.js';
import { TenantKeyRotation } from './subscriptions/tenant-key-rotation.js';
import { TenantSigningKeys } from './subscriptions/tenant-signing-keys.js';
import { WebhookChanges } from './subscriptions/webhook-changes.service.js';
import { WebhookJwksController } from './subscriptions/webhook-jwks.controller.js';
import { WebhookLimits } from './subscriptions/write-limits.js';
import { WebhookEndings } from './subscriptions/webhook-endings.js';
import { WebhookKeys } from './subscriptions/webhook-keys.js';
import { WebhookRules } from './subscriptions/webhook-rules.js';
import { WebhooksController } from './subscriptions/webhooks.controller.js';
import { WebhooksService } from './subscriptions/webhooks.service.js';
import { AttemptRecorder } from './worker/attempt-recorder.js';
import { DeliveryEnd } from './worker/delivery-end.js';
import { InFlight } from './worker/in-flight.js';
import { LaneClaims } from './worker/lane-claims.js';
import { LaneQueue } from './worker/lane-queue.js';
import { LaneRunner } from './worker/lane.js';
import { Maintenance } from './worker/maintenance.js';
import { Partitions } from './worker/partitions.js';
import { Relay } from './worker/relay.js';
import { Sender } from './worker/sender.js';
import { EndpointTracker } from './worker/endpoint-tracker.js';
import { RecoveryRunner } from './worker/recovery-runner.js';
import { Retention } from './worker/retention.js';
import { TenantLoad } from './worker/tenant-load.js';
import { TestRunner } from './worker/test-runner.js';
import { WebhookMetrics } from './worker/webhook-metrics.js';
import { NoticeMail } from './worker/notice-mail.js';
import { WebhookNotices } from './worker/webhook-notices.js';
import { Tick } from './worker/tick.js';
import { WebhookWorker } from './worker/webhook-worker.js';
import { WorkerSettings } from './worker/worker-settings.js';

@Module({
  imports: [IdentityModule, MailModule],
  // Event types before webhooks: `event-types` would be taken for a webhook's id.
  controllers: [
    EventTypesOfTenantController,
    WebhooksController,
    DeliveriesController,
    EventsController,
    WebhookJwksController,
  ],
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
    {
      provide: WorkerSettings,
      useFactory: ({ webhookRetentionDays: retentionDays }: AuthConfig) =>
        new WorkerSettings({ retentionDays }),
      inject: [AuthConfig],
    },
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
    WebhookChanges,
    WebhookEndings,
    SecretRotation,
    TenantSigningKeys,
    TenantKeyRotation,
    WebhookLimits,
    DeliveriesService,
    ReplayService,
    RecoveryService,
    TestDeliveryService,
    Partitions,
    Relay,
    LaneQueue,
    LaneClaims,
    LaneRunner,
    Sender,
    AttemptRecorder,
    DeliveryEnd,
    EndpointTracker,
    WebhookNotices,
    NoticeMail,
    WebhookMetrics,
    TestRunner,
    RecoveryRunner,
    Retention,
    TenantLoad,
    Tick,
    Maintenance,
    WebhookWorker,
  ],
  exports: [EventIngestion, EventPublisher, TenantKeyRotation],
})
export class WebhooksModule implements OnApplicationShutdown {
  constructor(@Inject(EgressClient) private readonly egress: EgressClient) {}

  async onApplicationShutdown(): Promise<void> {
    await this.egress.close();
  }
}

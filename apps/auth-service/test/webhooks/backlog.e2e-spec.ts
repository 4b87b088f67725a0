import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateUserCommand } from '../../src/modules/ops/cli/create-user.command.js';
import { cliAdministrator } from '../../src/modules/ops/cli/run-cli.js';
import { WorkerSettings } from '../../src/modules/webhooks/worker/worker-settings.js';
import { type AppUnderTest, WebhookFixture } from './webhook-fixture.js';

describe('a backlog beyond the soft quota', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;

  beforeEach(async () => {
    fixture = await WebhookFixture.start({ environment: { RATE_LIMIT_SCALE: '0' } });
    Object.assign(fixture.app.get(WorkerSettings), { tenantSoftQuota: 2 });
    app = await fixture.createApp();
  });

  afterEach(() => fixture.stop());

  const mails = (): string[] => {
    const folder = fixture.app.mailDir;
    return readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  };

  it('is told once, as an event of the tenant and by mail to its administrators, until it is over', async () => {
    const [receiver, watcher] = [await fixture.receiver(), await fixture.receiver()];
    await fixture.app
      .get(CreateUserCommand)
      .run(
        { tenant: app.tenant.slug, email: 'ada@acme.example', role: 'admin' },
        cliAdministrator(),
      );
    await fixture.createWebhook(app, receiver.url);
    const other = await fixture.createApp(app.tenant);
    await fixture.createWebhook(other, watcher.url, { events: ['webhook.backlog'] });
    const fill = async (): Promise<void> => {
      for (let n = 0; n < 2; n++) await fixture.publish(app.tenant.id);
      await fixture.relay();
      await fixture.maintain();
    };
    await fill();
    await fixture.maintain();
    await fixture.deliverAll();
    const told = () => watcher.requests.map(({ body }) => JSON.parse(body.toString()));
    expect(told()).toEqual([
      expect.objectContaining({
        type: 'webhook.backlog',
        tenant_id: app.tenant.id,
        data: { pending: 2, limit: 2 },
      }),
    ]);
    expect(mails()).toEqual([
      expect.stringMatching(
        /^To: ada@acme\.example\nSubject: Webhook deliveries are piling up\n[^]*2 deliveries/m,
      ),
    ]);

    // Delivered, then piled up again: that is news.
    await fixture.maintain();
    await fill();
    await fixture.deliverAll();
    expect(told()).toHaveLength(2);
    expect(mails()).toHaveLength(2);
  });
});

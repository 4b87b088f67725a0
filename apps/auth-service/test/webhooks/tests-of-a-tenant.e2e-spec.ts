import type { ServerResponse } from 'node:http';
import { findWaitingTests } from '../../src/modules/webhooks/worker/test-delivery.query.js';
import { TestRunner } from '../../src/modules/webhooks/worker/test-runner.js';
import { WebhookFixture } from './webhook-fixture.js';

describe('test deliveries', () => {
  it('of one tenant hold four places at most; the rest waits for the tick', async () => {
    const fixture = await WebhookFixture.start({ environment: { RATE_LIMIT_SCALE: '0' } });
    const app = await fixture.createApp();
    const receiver = await fixture.receiver();
    const held: ServerResponse[] = [];
    receiver.answer = (_request, response) => {
      held.push(response);
    };
    const id = await fixture.createWebhook(app, receiver.url);
    for (let n = 0; n < 6; n++) await app.api.post(`/v1/webhooks/${id}/test`);
    const waiting = await findWaitingTests(fixture.database);
    const runs = waiting.map(({ webhook_id, delivery_id }) =>
      fixture.app.get(TestRunner).run(webhook_id, delivery_id),
    );
    await receiver.received(4);
    expect(await findWaitingTests(fixture.database)).toHaveLength(2);
    for (const response of held) response.writeHead(204).end();
    receiver.answer = (_request, response) => {
      response.writeHead(204).end();
    };
    await Promise.all(runs);
    await fixture.runTests();
    expect(receiver.requests).toHaveLength(6);
    await fixture.stop();
  });
});

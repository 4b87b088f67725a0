import { createServer } from 'node:net';
import { Loopback } from '#libs/testing';
import { AuthApp } from './support/auth-app.js';
import { createClient } from './support/oauth-client.js';

it('starts, issues tokens, obeys operators and ends while Redis is away', async () => {
  const loopback = await Loopback.listen(createServer());
  const redisUrl = `redis://127.0.0.1:${loopback.port}`;
  await loopback.close();
  const app = await AuthApp.start({ environment: { REDIS_URL: redisUrl, WORKER_ROLE: 'all' } });

  const tenant = await app.createTenant();
  const client = await createClient(app, tenant.id);

  expect((await client.token()).status).toBe(200);
  expect((await app.operator.get('/health/ready')).status).toBe(200);
  expect(app.log()).toContain('redis connection failed');
  await app.stop();
});

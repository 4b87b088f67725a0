import { ApiClient } from '#libs/testing';
import { AuthApp } from '../support/auth-app.js';
import { buildWorker, WorkerProcess } from './worker-process.js';

describe('a worker of its own', () => {
  it('tells its health and its metrics to operators, and serves nobody else', async () => {
    buildWorker();
    const app = await AuthApp.start();
    const worker = await WorkerProcess.start(app.environment);
    try {
      expect(worker.ports).toEqual({ operator: expect.any(Number) });
      const operator = new ApiClient(`http://127.0.0.1:${String(worker.ports.operator)}`);
      expect((await operator.get('/health/ready')).body).toEqual({ status: 'ok' });
      expect((await operator.get('/metrics')).text).toContain('webhook_lanes_active 0');
      expect((await operator.get('/v1/webhooks')).status).toBe(404);
    } finally {
      expect(await worker.end('SIGTERM')).toBe(0);
      await app.stop();
    }
  });
});

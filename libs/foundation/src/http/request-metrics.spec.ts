import type { ServerResponse } from 'node:http';
import { createLogger } from '../logging/logger.js';
import { Metrics } from '../metrics.js';
import { setRequestState } from './request-facts.js';
import { RequestMetrics } from './request-metrics.js';
import type { Route } from './route-table.js';

describe('RequestMetrics', () => {
  const metrics = new Metrics(createLogger({ name: 'test', level: 'silent' }));
  const at = 1_000_000;
  const requests = new RequestMetrics(metrics);
  const route: Route = { method: 'GET', path: '/v1/apps/:appId', access: { kind: 'public' } };
  const note = (
    of: Route | undefined,
    statusCode: number,
    durationMs: number,
    writableFinished = true,
  ): void => {
    const response = { req: { method: 'BREW' }, statusCode, writableFinished };
    setRequestState(response.req as ServerResponse['req'], {
      id: 'req_1',
      ip: '::1',
      userAgent: '',
      startedAtMs: at - durationMs,
      listener: 'public',
      route: of,
    });
    requests.note(response as ServerResponse, at);
  };

  it('counts by route and class, and tells a histogram, with nothing a caller chose', async () => {
    note(route, 200, 3);
    note(route, 204, 60_000);
    note(route, 503, 0);
    note(route, 200, 5, false);
    note(undefined, 404, 0);

    const text = await metrics.registry.metrics();

    const labels = 'listener="public",method="GET",route="/v1/apps/:appId"';
    for (const line of [
      `http_requests_total{${labels},status="2xx"} 2`,
      `http_requests_total{${labels},status="5xx"} 1`,
      `http_requests_total{${labels},status="aborted"} 1`,
      'http_requests_total{listener="public",method="any",route="unknown",status="4xx"} 1',
      '# TYPE http_request_duration_seconds histogram',
      `http_request_duration_seconds_bucket{${labels},le="0.001"} 1`,
      `http_request_duration_seconds_bucket{${labels},le="0.005"} 3`,
      `http_request_duration_seconds_bucket{${labels},le="10"} 3`,
      `http_request_duration_seconds_bucket{${labels},le="+Inf"} 4`,
      `http_request_duration_seconds_sum{${labels}} 60.008`,
      `http_request_duration_seconds_count{${labels}} 4`,
    ])
      expect(text).toContain(`${line}\n`);
    expect(text).not.toContain('BREW');
  });

  it('tells the same counts when it is read again', async () => {
    expect(await metrics.registry.metrics()).toBe(await metrics.registry.metrics());
  });
});

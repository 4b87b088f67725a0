import { Registry } from 'prom-client';

/** The metrics of one process, as Prometheus reads them. Labels name no tenant, no URL and no id. */
export class Metrics {
  readonly registry = new Registry();
}

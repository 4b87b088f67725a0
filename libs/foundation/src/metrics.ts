import { Inject, Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { LOGGER, type Logger } from './logging/logger.js';

interface GaugeOf<Read> {
  readonly name: string;
  readonly help: string;
  readonly read: () => Read | Promise<Read>;
}

/** The metrics of one process, as Prometheus reads them. Labels name no tenant, no URL and no id. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  /** A number that is read when Prometheus asks; NaN where that fails, so that the rest of the page is told all the same. */
  gauge({ name, help, read }: GaugeOf<number>): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.registry],
      collect: async () => gauge.set((await this.readOrWarn(name, read)) ?? Number.NaN),
    });
  }

  /** As `gauge`, one for each value of a label; none where it cannot be read. */
  gaugeBy(label: string, { name, help, read }: GaugeOf<Readonly<Record<string, number>>>): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect: async () => {
        const values = await this.readOrWarn(name, read);
        gauge.reset();
        for (const [key, value] of Object.entries(values ?? {})) gauge.set({ [label]: key }, value);
      },
    });
  }

  private async readOrWarn<Read>(
    metric: string,
    read: () => Read | Promise<Read>,
  ): Promise<Read | undefined> {
    try {
      return await read();
    } catch (error) {
      this.logger.warn({ err: error, metric }, 'metric not read');
      return undefined;
    }
  }
}

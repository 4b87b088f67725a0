import { createLogger } from './logging/logger.js';
import { Metrics } from './metrics.js';

describe('Metrics', () => {
  it('tells what it can where one gauge cannot be read', async () => {
    const metrics = new Metrics(createLogger({ name: 'test', level: 'silent' }));
    let isAway = false;
    const read = (value: number) => (): number => {
      if (isAway) throw new Error('the database is away');
      return value;
    };
    metrics.gauge({ name: 'own', help: 'Kept here.', read: () => 1 });
    metrics.gauge({ name: 'asked', help: 'Asked for.', read: read(2) });
    metrics.gaugeBy('queue', {
      name: 'labelled',
      help: 'Asked for.',
      read: () => ({ slow: read(3)() }),
    });
    expect(await metrics.registry.metrics()).toMatch(
      /own 1\n[^]*asked 2\n[^]*labelled\{queue="slow"\} 3\n/,
    );

    isAway = true;
    const text = await metrics.registry.metrics();

    expect(text).toMatch(/own 1\n[^]*asked Nan\n/);
    expect(text).not.toContain('labelled{');
  });
});

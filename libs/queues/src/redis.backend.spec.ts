import { ConfigError, createLogger } from '#libs/foundation';
import { RedisBackend } from './redis.backend.js';

describe('RedisBackend', () => {
  it('says in one sentence that Redis does not answer at the start', async () => {
    const logger = createLogger({ name: 'test', level: 'silent' });
    // Port 1 on loopback: nothing listens there.
    const connecting = RedisBackend.connect('redis://127.0.0.1:1', 'test', logger);
    await expect(connecting).rejects.toThrow(ConfigError);
    await expect(connecting).rejects.toThrow('check that REDIS_URL is right');
  });
});

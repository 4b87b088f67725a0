import { ATTEMPT_ERROR_MESSAGES } from './attempt-error.js';

describe('ATTEMPT_ERROR_MESSAGES', () => {
  it('[W43] are sentences without addresses, ports or words of the runtime', () => {
    for (const message of Object.values(ATTEMPT_ERROR_MESSAGES)) {
      expect(message).toMatch(/^[A-Z][a-zA-Z45 ,;-]+\.$/);
      expect(message).not.toMatch(/E[A-Z]{4,}|\d{3}/);
    }
  });
});

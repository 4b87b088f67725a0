import { firstSteps } from './first-tenant.ts';

describe('firstSteps', () => {
  it('shows the token and three commands that need nothing filled in', () => {
    const text = firstSteps('http://127.0.0.1:3001', 'secret.admin.token');
    const commands = text.split('\n').filter((line) => line.startsWith('curl '));

    expect(text.split('\n')).toContain('secret.admin.token');
    expect(commands).toHaveLength(3);
    for (const command of commands) {
      expect(command).toContain('-H "Authorization: Bearer secret.admin.token"');
      expect(command).not.toMatch(/[<>$]/);
    }
  });
});

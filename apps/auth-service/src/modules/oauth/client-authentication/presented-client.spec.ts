import type { IncomingMessage } from 'node:http';
import { FormParameters } from '#libs/foundation';
import { presentedClient } from './presented-client.js';

/** How a request with this Basic text presents its client. */
function basic(text: string, form = ''): unknown {
  const authorization = `Basic ${Buffer.from(text).toString('base64')}`;
  const request = {
    headers: { authorization },
    rawHeaders: ['Authorization', authorization],
  } as Partial<IncomingMessage> as IncomingMessage;
  return presentedClient(request, FormParameters.parse(form));
}

describe('presentedClient', () => {
  it('[O19] splits Basic at the first colon, whatever the secret holds', () => {
    expect(basic('app_1:a:b')).toMatchObject({ clientId: 'app_1', secret: 'a:b' });
    expect(basic('app_1::')).toMatchObject({ clientId: 'app_1', secret: ':' });
  });

  it('[O19] decodes both halves as a form does, after the split', () => {
    expect(basic('app%3A1:a%3Ab+c%2Bd%C3%A4')).toMatchObject({
      clientId: 'app:1',
      secret: 'a:b c+dä',
    });
    expect(() => basic('app_1:%zz')).toThrow('invalid_client');
    expect(() => basic(':secret')).toThrow('invalid_client');
    expect(() => basic('app_1')).toThrow('invalid_client');
  });

  it('[O20] takes no second way beside Basic, and no other client_id', () => {
    expect(() => basic('app_1:x', 'client_secret=x')).toThrow('invalid_request');
    expect(() => basic('app_1:x', 'client_assertion=x')).toThrow('invalid_request');
    expect(() => basic('app_1:x', 'client_id=app_2')).toThrow('invalid_client');
    expect(basic('app_1:x', 'client_id=app_1')).toMatchObject({ method: 'client_secret_basic' });
  });
});

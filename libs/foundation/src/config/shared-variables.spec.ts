import { z } from 'zod';
import { gatewayResourceOf, issuerOf, sharedVariables } from './shared-variables.js';

const parse = (environment: Record<string, string>) =>
  z.object(sharedVariables).parse({ DATABASE_URL: 'postgresql://localhost/x', ...environment });

it('takes issuer and resource from the ports of this machine where nothing else is said', () => {
  const own = parse({ AUTH_PORT: '4001', GATEWAY_RESOURCE: 'https://api.knogin.com' });

  expect([issuerOf(own), gatewayResourceOf(own)]).toEqual([
    'http://127.0.0.1:4001',
    'https://api.knogin.com',
  ]);
});

it('asks for a URL where the port is picked at the start', () => {
  expect(() => issuerOf(parse({ AUTH_PORT: '0' }))).toThrow(
    'AUTH_ISSUER must be set where AUTH_PORT is 0',
  );
});

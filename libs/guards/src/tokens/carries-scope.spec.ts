import { carriesScope } from './carries-scope.js';

it.each([
  ['webhooks:read', true],
  ['webhooks:write', true],
  ['incidents:read', false],
  ['webhooks:write:read', false],
  ['read', false],
])('webhooks:write carries %s: %s', (scope, expected) => {
  expect(carriesScope(new Set(['webhooks:write']), scope)).toBe(expected);
});

it('reading implies no writing', () => {
  expect(carriesScope(new Set(['webhooks:read']), 'webhooks:write')).toBe(false);
});

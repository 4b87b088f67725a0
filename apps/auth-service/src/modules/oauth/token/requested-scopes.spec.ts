import { parseScope, requestedResources, selectScopes } from './requested-scopes.js';
import type { Scope } from '#libs/entities';

const scope = (name: string, resources: Scope['resources']): Scope => ({
  name,
  resources,
  descriptionEn: '',
  descriptionDe: '',
  sensitivity: 'normal',
  approval: 'auto',
  grantableTo: ['client_credentials'],
  publishedTo: null,
  deprecated: false,
});

describe('requested scopes', () => {
  const grantable = new Map(
    [scope('webhooks:write', ['auth', 'api']), scope('platform:apps:read', ['auth'])].map(
      (item) => [item.name, item],
    ),
  );

  it('[O38] are separated by one space, compared whole and in their case', () => {
    expect(parseScope('a b a')).toEqual(['a', 'b']);
    for (const text of ['a  b', 'a\tb', ' a', 'a\nb', 'a"b'])
      expect(() => parseScope(text)).toThrow('invalid_scope');
    for (const name of ['WEBHOOKS:write', 'webhooks:write:all', 'webhooks', 'webhooks:writ'])
      expect(() => selectScopes([name], grantable, undefined)).toThrow('invalid_scope');
  });

  it('default to all that the resource knows', () => {
    expect(selectScopes(undefined, grantable, ['api']).map(({ name }) => name)).toEqual([
      'webhooks:write',
    ]);
    expect(() => selectScopes(['platform:apps:read'], grantable, ['api'])).toThrow('invalid_scope');
  });

  it('are for resources that exist', () => {
    const urls = { auth: 'https://auth.example', api: 'https://api.example' };
    expect(requestedResources([], urls)).toBeUndefined();
    expect(requestedResources(['https://api.example'], urls)).toEqual(['api']);
    expect(() => requestedResources(['https://api.example/'], urls)).toThrow('invalid_target');
  });
});

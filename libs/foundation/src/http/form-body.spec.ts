import { OAuthError } from '../errors/oauth-error.js';
import { FormParameters } from './form-body.js';

describe('FormParameters', () => {
  it('[O13] refuses a parameter that was sent twice', () => {
    expect(() => FormParameters.parse('scope=a&scope=b')).toThrow(OAuthError);
    expect(() => FormParameters.parse('scope=&scope=b')).toThrow(OAuthError);
  });

  it('[O14] takes names letter for letter', () => {
    const form = FormParameters.parse('client_id[]=x&__proto__=y&client_id[a]=z');
    expect(form.get('client_id')).toBeUndefined();
    expect(form.get('client_id[]')).toBe('x');
    expect(form.get('constructor')).toBeUndefined();
    expect(FormParameters.parse('?scope=x&scope=z').get('scope')).toBe('z');
  });

  it('counts an empty value as omitted', () => {
    expect(FormParameters.parse('scope=').get('scope')).toBeUndefined();
  });

  it('refuses U+0000, which no parameter may hold', () => {
    expect(() => FormParameters.parse('client_id=app_%00')).toThrow(OAuthError);
  });

  it('lets resource repeat', () => {
    expect(FormParameters.parse('resource=a&resource=b').resources).toEqual(['a', 'b']);
  });
});

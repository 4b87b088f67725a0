import { responseType } from './response-type.js';

const json = 'application/json; charset=utf-8';
const graphql = 'application/graphql-response+json; charset=utf-8';

describe('responseType', () => {
  it.each([
    [undefined, json],
    ['', json],
    ['*/*', json],
    ['application/*', json],
    ['application/json', json],
    ['application/json; charset=utf-8', json],
    ['APPLICATION/JSON;CHARSET="UTF-8"', json],
    ['application/graphql-response+json', graphql],
    ['application/graphql-response+json; charset=utf-8', graphql],
    ['application/graphql-response+json, application/json;q=0.9', graphql],
    ['application/json, application/graphql-response+json', graphql],
    ['application/json, application/graphql-response+json;q=0.9', json],
    ['application/graphql-response+json;q=0', undefined],
    ['application/graphql-response+json;q=0, */*', json],
    ['application/graphql-response+json;q=0.5, */*;q=0.1', graphql],
    ['application/json;q=0, */*', undefined],
    ['application/json;q=0', undefined],
    ['text/html', undefined],
    ['text/html, application/xhtml+xml, */*;q=0.8', json],
    ['application/json; charset=utf-16', undefined],
    ['application/json;q=5', undefined],
    ['application/json;q=x', undefined],
    ['nonsense', undefined],
    [',', undefined],
  ])('[G22] reads Accept %j as %j', (accept, expected) => {
    expect(responseType(accept)).toBe(expected);
  });
});

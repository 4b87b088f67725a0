import fc from 'fast-check';
import { rawMember } from './raw-member.js';

const member = (json: string): string | undefined =>
  rawMember(Buffer.from(json), 'data')?.toString();

describe('a raw member', () => {
  it.each([
    [
      '{"data":{"b":1,"a":1E2,"a":12345678901234567890}}',
      '{"b":1,"a":1E2,"a":12345678901234567890}',
    ],
    [' { "x" : [1,"}]"] , "data" : "a\\"b" , "y":null } ', '"a\\"b"'],
    ['{"data":1,"data":2}', '2'],
    ['{"d\\u0061ta": true }', 'true'],
    ['{"data":-0.5e+7}', '-0.5e+7'],
    ['{"x":{"data":1}}', undefined],
    ['{}', undefined],
    ['{"data":"Grüße 🚒 \\u0000 \\ud800"}', '"Grüße 🚒 \\u0000 \\ud800"'],
  ])('[W26] of %s is kept verbatim', (json, expected) => {
    expect(member(json)).toBe(expected);
  });

  it('[W26] of any object parses to what the object parses to', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (others, data) => {
        const json = JSON.stringify({ ...others, data }, null, 1);
        expect(JSON.parse(member(json) ?? '')).toEqual(
          (JSON.parse(json) as { data: unknown }).data,
        );
      }),
    );
  });
});

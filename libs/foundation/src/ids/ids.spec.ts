import fc from 'fast-check';
import { Clock } from '../clock.js';
import { decodeId, encodeId, Ids, uuidTime } from './ids.js';

class StoppedClock extends Clock {
  now(): number {
    return 1_774_267_200_000;
  }
}

describe('ids', () => {
  it('are 26 canonical characters behind the prefix and decode to the same UUID', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        const wire = encodeId('app', uuid);
        expect(wire).toMatch(/^app_[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
        expect(decodeId('app', wire)).toBe(uuid);
      }),
    );
  });

  it('do not decode under another prefix, in lower case, or past 128 bits', () => {
    const wire = new Ids(new StoppedClock()).create('usr');
    expect(decodeId('app', wire)).toBeUndefined();
    expect(decodeId('usr', wire.toLowerCase())).toBeUndefined();
    expect(decodeId('usr', 'usr_8ZZZZZZZZZZZZZZZZZZZZZZZZZ')).toBeUndefined();
  });

  it('ascend within one millisecond and carry the time', () => {
    const ids = new Ids(new StoppedClock());
    const made = Array.from({ length: 1000 }, () => ids.uuid());
    expect([...made].sort()).toEqual(made);
    expect(new Set(made.map(uuidTime))).toEqual(new Set([1_774_267_200_000]));
  });
});

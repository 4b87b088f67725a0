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

  const kinds = {
    'a UUID': (ids: Ids) => ids.uuid(),
    'an id for the wire': (ids: Ids) => decodeId('req', ids.create('req')) ?? '',
  };
  for (const [kind, make] of Object.entries(kinds)) {
    it(`ascend as ${kind} within one millisecond and carry the time (RFC 9562 section 5.7)`, () => {
      const ids = new Ids(new StoppedClock());
      const made = Array.from({ length: 1000 }, () => make(ids));
      expect([...made].sort()).toEqual(made);
      expect(new Set(made).size).toBe(1000);
      expect(new Set(made.map(uuidTime))).toEqual(new Set([1_774_267_200_000]));
      const form = /^019d1a90-f200-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
      expect(made.filter((uuid) => !form.test(uuid))).toEqual([]);
      // Every random bit is now this, now that.
      const bits = made.map((uuid) => BigInt(`0x${uuid.slice(19).replace('-', '')}`));
      expect(bits.reduce((all, some) => all | some).toString(16)).toBe('bfffffffffffffff');
      expect(bits.reduce((all, some) => all & some).toString(16)).toBe('8000000000000000');
    });
  }
});

import { planRotation } from './plan-rotation.js';

const now = new Date('2026-03-23T12:00:00Z');
const policy = { maxLiveSecrets: 2, secretOverlapMaxSeconds: 604_800 };
const live = (...ids: string[]) => ids.map((id) => ({ id, expiresAt: null }));

describe('planRotation', () => {
  it('lets the newest live on for a day and names what dies', () => {
    expect(planRotation(live('b', 'a'), policy, undefined, now)).toEqual({
      previous: [{ id: 'b', expiresAt: new Date('2026-03-24T12:00:00Z') }],
      revoked: ['a'],
    });
  });

  it('never lengthens a life', () => {
    const soon = new Date('2026-03-23T13:00:00Z');
    const plan = planRotation([{ id: 'a', expiresAt: soon }], policy, 604_800, now);
    expect(plan.previous).toEqual([{ id: 'a', expiresAt: soon }]);
  });

  it('keeps nothing where one live secret is the limit, or the overlap is zero', () => {
    const one = { ...policy, maxLiveSecrets: 1 };
    expect(planRotation(live('a'), one, undefined, now).revoked).toEqual(['a']);
    expect(planRotation(live('b', 'a'), policy, 0, now).revoked).toEqual(['b', 'a']);
  });
});

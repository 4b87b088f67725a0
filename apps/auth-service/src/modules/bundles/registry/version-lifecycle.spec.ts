import { assertTransition, isEnough, type VersionAction } from './version-lifecycle.js';

describe('version lifecycle', () => {
  it.each<[VersionAction, string]>([
    ['submit', 'draft'],
    ['approve', 'in_review'],
    ['reject', 'in_review'],
    ['deprecate', 'approved deprecated'],
    ['retire', 'approved deprecated'],
  ])('%s leads on from %s and nothing else', (action, from) => {
    const states = ['draft', 'in_review', 'approved', 'deprecated', 'retired', 'rejected'] as const;
    const admitted = states.filter((status) => {
      try {
        assertTransition(action, status);
        return true;
      } catch {
        return false;
      }
    });
    expect(admitted.join(' ')).toBe(from);
  });

  it('[G24] counts each approver once and never the author', () => {
    const version = { createdBy: 'opr:ada', approvedBy: ['opr:bob'] };
    expect(() => isEnough(version, 'opr:ada', 2)).toThrow('self_approval');
    expect(() => isEnough(version, 'opr:bob', 2)).toThrow('conflict');
    expect(isEnough(version, 'opr:eve', 2)).toBe(true);
    expect(isEnough({ ...version, approvedBy: [] }, 'opr:eve', 2)).toBe(false);
    expect(isEnough({ ...version, approvedBy: [] }, 'opr:eve', 1)).toBe(true);
  });
});

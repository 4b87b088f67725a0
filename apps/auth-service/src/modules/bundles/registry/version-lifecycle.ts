import { AppError } from '#libs/foundation';

export type VersionStatus =
  'draft' | 'in_review' | 'approved' | 'deprecated' | 'retired' | 'rejected';

export type VersionAction = 'submit' | 'approve' | 'reject' | 'deprecate' | 'retire';

/** From which states an action leads on; a deprecated version still executes, a retired one never existed. */
const FROM: Readonly<Record<VersionAction, readonly VersionStatus[]>> = {
  submit: ['draft'],
  approve: ['in_review'],
  reject: ['in_review'],
  // Again, to move the sunset.
  deprecate: ['approved', 'deprecated'],
  retire: ['approved', 'deprecated'],
};

/** @throws AppError conflict */
export function assertTransition(action: VersionAction, status: VersionStatus): void {
  if (FROM[action].includes(status)) return;
  const detail = `The version is ${status}; only one that is ${FROM[action].join(' or ')} takes ${action}.`;
  throw new AppError('conflict', { detail });
}

/**
 * Whether this approval is the last one that is needed.
 * @param approvedBy who has approved before
 * @throws AppError self_approval, conflict
 */
export function isEnough(
  version: { createdBy: string; approvedBy: readonly string[] },
  approver: string,
  needed: number,
): boolean {
  if (approver === version.createdBy) {
    throw new AppError('self_approval', { detail: 'Ask another operator to approve the version.' });
  }
  if (version.approvedBy.includes(approver)) {
    throw new AppError('conflict', { detail: 'You have approved this version before.' });
  }
  return version.approvedBy.length + 1 >= needed;
}

import { type UserError, userError } from '../schema/user-error.model.js';

/** Members that both create and update set. */
export interface IncidentMembers {
  title?: string | null | undefined;
  description?: string | null | undefined;
  source?: string | null | undefined;
  externalRef?: string | null | undefined;
  labels?: string[] | null | undefined;
}

const longest = { title: 200, description: 10_000, source: 100, externalRef: 200 } as const;
const mostLabels = 20;
const longestLabel = 50;

/** What no incident may be, whichever operation wrote it; bundles usually allow less. */
export function checkMembers(members: IncidentMembers): UserError[] {
  const errors: UserError[] = [];
  if (members.title === null || members.title?.trim() === '') {
    errors.push(userError('INVALID', 'title', 'The title must not be empty.'));
  }
  for (const name of Object.keys(longest) as (keyof typeof longest)[]) {
    if ((members[name]?.length ?? 0) > longest[name]) {
      errors.push(userError('TOO_LONG', name, `At most ${longest[name]} characters.`));
    }
  }
  const labels = members.labels ?? [];
  if (labels.length > mostLabels) {
    errors.push(userError('TOO_MANY', 'labels', `At most ${mostLabels} labels.`));
  }
  if (labels.some((label) => label.trim() === '' || label.length > longestLabel)) {
    const message = `A label has 1 to ${longestLabel} characters.`;
    errors.push(userError('INVALID', 'labels', message));
  }
  return errors;
}

/** Sorted and without repetitions, so that the same set is never a change. */
export function normalizeLabels(labels: readonly string[]): string[] {
  return [...new Set(labels.map((label) => label.trim()))].sort();
}

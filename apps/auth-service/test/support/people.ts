import { Database } from '#libs/foundation';
import {
  type LinkPurpose,
  OneTimeLinks,
} from '../../src/modules/accounts/links/one-time-links.service.js';
import { cliAdministrator } from '../../src/modules/ops/cli/run-cli.js';
import { InviteUserCommand } from '../../src/modules/ops/cli/invite-user.command.js';
import type { AuthApp, TenantUnderTest } from './auth-app.js';
import { Browser } from './browser.js';

export interface PersonUnderTest {
  id: string;
  email: string;
  password: string;
}

export const goodPassword = 'correct horse battery staple';

/** Invites a person by the CLI and enrols them on our pages. */
export async function enrol(
  app: AuthApp,
  tenant: TenantUnderTest,
  email: string,
  role = 'member',
): Promise<PersonUnderTest> {
  const { user_id, enrolment_url } = await app
    .get(InviteUserCommand)
    .run({ tenant: tenant.slug, email, role }, cliAdministrator());
  const browser = new Browser(app.public);
  const { pathname, search } = new URL(enrolment_url as string);
  const page = await browser.get(pathname + search);
  const saved = await browser.submit(page, { password: goodPassword });
  if (saved.headers.location !== '/login?saved=1')
    throw new Error(`enrolment answered ${saved.text}`);
  return { id: user_id as string, email, password: goodPassword };
}

/** The path of a one-time link, as a mail would hold it. */
export async function linkTo(app: AuthApp, userId: string, purpose: LinkPurpose): Promise<string> {
  const url = await app
    .get(Database)
    .transaction((transaction) => app.get(OneTimeLinks).create(transaction, userId, purpose));
  const { pathname, search } = new URL(url);
  return pathname + search;
}

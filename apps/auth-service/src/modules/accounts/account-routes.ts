import type { PublishedHotRoute } from '#libs/foundation';
import type { INestApplication } from '@nestjs/common';
import { PasswordPages } from './enrolment/password.pages.js';
import { ResetPages } from './enrolment/reset.pages.js';
import { LoginPages } from './login/login.pages.js';
import { SessionPages } from './sessions/session.pages.js';

const open = { listener: 'public', access: { kind: 'public' } } as const;

/** The pages, served as plain handlers: the router's JSON pipeline has nothing to do with them. */
export function accountRoutes(app: INestApplication): PublishedHotRoute[] {
  const login = app.get(LoginPages, { strict: false });
  const password = app.get(PasswordPages, { strict: false });
  const reset = app.get(ResetPages, { strict: false });
  const sessions = app.get(SessionPages, { strict: false });
  return [
    { ...open, method: 'GET', path: '/login', handler: login.show },
    { ...open, method: 'POST', path: '/login', handler: login.submit },
    { ...open, method: 'POST', path: '/logout', handler: login.signOut },
    { ...open, method: 'GET', path: '/enrol', handler: password.showEnrol },
    { ...open, method: 'POST', path: '/enrol', handler: password.submitEnrol },
    { ...open, method: 'GET', path: '/reset', handler: reset.show },
    { ...open, method: 'POST', path: '/reset', handler: reset.submit },
    { ...open, method: 'GET', path: '/reset/confirm', handler: password.showConfirm },
    { ...open, method: 'POST', path: '/reset/confirm', handler: password.submitConfirm },
    { ...open, method: 'GET', path: '/account/sessions', handler: sessions.show },
    { ...open, method: 'POST', path: '/account/sessions', handler: sessions.end },
  ];
}

export { accountRoutes } from './account-routes.js';
export { AccountsModule } from './accounts.module.js';
export { Invitations } from './enrolment/invitations.service.js';
export { html } from './pages/html.js';
export {
  csrfField,
  type PageAnswer,
  PageEndpoints,
  PageError,
  type PageRequest,
} from './pages/page-endpoint.js';
export { signOutForm } from './pages/sign-out-form.js';
export { digestOf } from './sessions/digest.js';
export { holdUser, lockUsers } from './sessions/user-lock.js';
export type { Session, SignedInUser } from './sessions/session.js';

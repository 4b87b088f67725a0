import type { Session } from '../sessions/session.js';
import { html, type Html } from './html.js';
import { csrfField, type PageRequest } from './page-endpoint.js';

/** The way out of a login. */
export function signOutForm({ link, text }: PageRequest, session: Session): Html {
  return html`<form method="post" action="${link('/logout')}">
    ${csrfField(session)}<button>${text.signOut}</button>
  </form>`;
}

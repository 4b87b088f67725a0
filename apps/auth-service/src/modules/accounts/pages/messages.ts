import { preferredLanguage } from '../../identity/index.js';
const en = {
  signIn: 'Sign in',
  signInTo: 'Sign in to continue to',
  email: 'E-mail address',
  organisation: 'Organisation (short name, if you belong to several)',
  password: 'Password',
  newPassword: 'New password (at least 12 characters)',
  otherAccount: 'Use another account',
  backToSignIn: 'Back to sign in',
  forgot: 'Forgot your password?',
  signInFailed:
    'E-mail address or password is wrong. If you belong to several organisations, fill in the organisation as well.',
  signInToFailed:
    'E-mail address or password is wrong. This app takes accounts of its own organisation only.',
  tooManyAttempts: 'Too many attempts. Try again in a few minutes.',
  consentTitle: 'Allow access',
  consentAsks: 'asks for access to your data at',
  consentScopes: 'It will be able to:',
  consentOffline: 'Keep this access while you are away',
  consentRedirect: 'Afterwards you return to',
  signedInAs: 'Signed in as',
  allow: 'Allow',
  deny: 'Deny',
  continueTitle: 'Continue',
  continueText: 'You are being taken back.',
  continueLink: 'Continue now',
  enrolTitle: 'Set up your account',
  passwordText: 'Choose the password for this account.',
  save: 'Save password',
  linkDead: 'This link has expired or was used. Ask for a new one.',
  passwordTooShort: 'Use at least 12 characters.',
  passwordTooLong: 'Use at most 256 characters.',
  passwordGuessable: 'This password is easy to guess. Choose another.',
  passwordSaved:
    'Your password is saved. Sign in with it, or start again from the app that sent you here.',
  resetTitle: 'Reset your password',
  resetSend: 'Send the link',
  resetSent:
    'If there is an account for this address, a link is on its way. It works for 15 minutes. If you belong to several organisations, ask for it with the organisation filled in.',
  resetSubject: 'Reset your Knogin password',
  resetMail:
    'Someone asked to reset the password of this account. If it was you, open this link within 15 minutes:',
  resetMailIgnore: 'If it was not you, do nothing.',
  appsTitle: 'Apps with access',
  appsNone: 'No app has access.',
  revoke: 'Revoke access',
  sessionsTitle: 'Your sessions',
  sessionThis: 'this browser',
  sessionEnd: 'End',
  signOut: 'Sign out',
  sessionsNote:
    'Whoever signs out ends what apps may do through that session. Apps that you allowed to keep access while you are away keep it until you revoke it.',
  lastSeen: 'last seen',
  problem: 'Problem',
  unknownBrowser: 'Unknown browser',
  errorTitle: 'This did not work',
  errorForm: 'The form is out of date. Go back, reload the page and try again.',
  errorRequest: 'What your browser sent cannot be read here. Start again from the app.',
  errorNumber: 'If you ask for help, quote this number:',
  errorExpired: 'This request has expired. Start again from the app.',
  errorTenant:
    'This app belongs to another organisation than your account. Sign out, and start again from the app with an account of that organisation.',
  errorClient:
    'The app that sent you here is not known, or the address to return to is not registered for it.',
  errorAgain: 'Try again later.',
};

export type Messages = Readonly<typeof en>;
export type Language = 'de' | 'en';

const de: Messages = {
  signIn: 'Anmelden',
  signInTo: 'Melden Sie sich an, um fortzufahren zu',
  email: 'E-Mail-Adresse',
  organisation: 'Organisation (Kurzname, falls Sie zu mehreren gehören)',
  password: 'Passwort',
  newPassword: 'Neues Passwort (mindestens 12 Zeichen)',
  otherAccount: 'Anderes Konto verwenden',
  backToSignIn: 'Zurück zur Anmeldung',
  forgot: 'Passwort vergessen?',
  signInFailed:
    'E-Mail-Adresse oder Passwort ist falsch. Wenn Sie zu mehreren Organisationen gehören, geben Sie auch die Organisation an.',
  signInToFailed:
    'E-Mail-Adresse oder Passwort ist falsch. Diese App nimmt nur Konten ihrer eigenen Organisation an.',
  tooManyAttempts: 'Zu viele Versuche. Versuchen Sie es in einigen Minuten erneut.',
  consentTitle: 'Zugriff erlauben',
  consentAsks: 'möchte auf Ihre Daten zugreifen bei',
  consentScopes: 'Die App wird Folgendes können:',
  consentOffline: 'Diesen Zugriff behalten, auch wenn Sie nicht da sind',
  consentRedirect: 'Danach kehren Sie zurück zu',
  signedInAs: 'Angemeldet als',
  allow: 'Erlauben',
  deny: 'Ablehnen',
  continueTitle: 'Weiter',
  continueText: 'Sie werden zurückgeleitet.',
  continueLink: 'Jetzt weiter',
  enrolTitle: 'Konto einrichten',
  passwordText: 'Wählen Sie das Passwort für dieses Konto.',
  save: 'Passwort speichern',
  linkDead: 'Dieser Link ist abgelaufen oder wurde schon benutzt. Fordern Sie einen neuen an.',
  passwordTooShort: 'Verwenden Sie mindestens 12 Zeichen.',
  passwordTooLong: 'Verwenden Sie höchstens 256 Zeichen.',
  passwordGuessable: 'Dieses Passwort ist leicht zu erraten. Wählen Sie ein anderes.',
  passwordSaved:
    'Ihr Passwort ist gespeichert. Melden Sie sich damit an, oder beginnen Sie in der App, die Sie hierher geschickt hat, von vorn.',
  resetTitle: 'Passwort zurücksetzen',
  resetSend: 'Link senden',
  resetSent:
    'Falls es ein Konto zu dieser Adresse gibt, ist ein Link unterwegs. Er gilt 15 Minuten. Wenn Sie zu mehreren Organisationen gehören, geben Sie beim Anfordern die Organisation an.',
  resetSubject: 'Ihr Knogin-Passwort zurücksetzen',
  resetMail:
    'Jemand möchte das Passwort dieses Kontos zurücksetzen. Wenn Sie es waren, öffnen Sie diesen Link innerhalb von 15 Minuten:',
  resetMailIgnore: 'Wenn Sie es nicht waren, tun Sie nichts.',
  appsTitle: 'Apps mit Zugriff',
  appsNone: 'Keine App hat Zugriff.',
  revoke: 'Zugriff entziehen',
  sessionsTitle: 'Ihre Sitzungen',
  sessionThis: 'dieser Browser',
  sessionEnd: 'Beenden',
  signOut: 'Abmelden',
  sessionsNote:
    'Mit dem Abmelden endet, was Apps über diese Sitzung dürfen. Apps, denen Sie den Zugriff auch in Ihrer Abwesenheit erlaubt haben, behalten ihn, bis Sie ihn entziehen.',
  lastSeen: 'zuletzt gesehen',
  problem: 'Problem',
  unknownBrowser: 'Unbekannter Browser',
  errorTitle: 'Das hat nicht geklappt',
  errorForm:
    'Das Formular ist veraltet. Gehen Sie zurück, laden Sie die Seite neu und versuchen Sie es erneut.',
  errorRequest:
    'Was Ihr Browser gesendet hat, ist hier nicht lesbar. Beginnen Sie in der App von vorn.',
  errorNumber: 'Wenn Sie um Hilfe bitten, nennen Sie diese Nummer:',
  errorExpired: 'Diese Anfrage ist abgelaufen. Beginnen Sie in der App von vorn.',
  errorTenant:
    'Diese App gehört zu einer anderen Organisation als Ihr Konto. Melden Sie sich ab und beginnen Sie in der App von vorn, mit einem Konto jener Organisation.',
  errorClient:
    'Die App, die Sie hierher geschickt hat, ist nicht bekannt, oder die Rücksprungadresse ist nicht für sie registriert.',
  errorAgain: 'Versuchen Sie es später erneut.',
};

export const messages: Readonly<Record<Language, Messages>> = { de, en };

/** What the app asks for (`ui_locales`, OpenID Connect Core section 3.1.2.1), else what the browser prefers. */
export function languageOf(
  uiLocales: string | null | undefined,
  acceptLanguage: string | undefined,
): Language {
  const asked = (uiLocales ?? '').split(' ').map((tag) => tag.toLowerCase().split('-', 1)[0]);
  return (
    asked.find((language) => language === 'de' || language === 'en') ??
    preferredLanguage(acceptLanguage)
  );
}

import { html, type Html } from './html.js';
import { type Language, messages } from './messages.js';

const style = `
:root{color-scheme:light dark;--ink:#16202c;--soft:#5a6775;--line:#ccd4dc;--paper:#fff;--ground:#eef2f6;--accent:#0b57a4;--bad:#b3261e;--good:#1b6e3a}
@media(prefers-color-scheme:dark){:root{--ink:#e8eef4;--soft:#a3b0bd;--line:#3a4653;--paper:#18212b;--ground:#0f151c;--accent:#7ab8f5;--bad:#f2938c;--good:#7fd39b}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{width:100%;max-width:27rem;padding:2rem;background:var(--paper);border:1px solid var(--line);border-radius:.75rem;overflow-wrap:anywhere}
h1{margin:0 0 1rem;font-size:1.4rem;line-height:1.25}
label{display:block;margin:1rem 0 .25rem;font-weight:600}
input{width:100%;padding:.6rem .75rem;font:inherit;color:inherit;background:transparent;border:1px solid var(--soft);border-radius:.4rem}
button{margin:1.25rem .5rem 0 0;padding:.6rem 1.25rem;font:inherit;font-weight:600;color:var(--paper);background:var(--accent);border:1px solid var(--accent);border-radius:.4rem;cursor:pointer}
button.quiet{color:var(--accent);background:transparent}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
a{color:var(--accent)}
ul{padding-left:1.25rem}
.brand{margin:0 0 1.5rem;font-weight:700;letter-spacing:.04em;color:var(--soft)}
.note{padding:.6rem .75rem;border:1px solid var(--line);border-left:4px solid var(--tone);border-radius:.4rem}
.problem{--tone:var(--bad)}
.done{--tone:var(--good)}
input[aria-invalid]{border-color:var(--bad)}
input[readonly]{border-color:var(--line);color:var(--soft)}
.soft{color:var(--soft)}
code{font-size:.85em}
.rows{padding:0;list-style:none}
.rows>li{padding:1rem 0;border-top:1px solid var(--line)}
.rows>li:last-child{border-bottom:1px solid var(--line)}
.rows .soft{display:block}
.rows button{margin-top:.75rem}
main>:last-child{margin-bottom:0}
@media(max-width:30rem){body{padding:.75rem}main{padding:1.5rem 1.25rem}}`;

/** What has just happened, above everything else. Fields that it is about name it: `aria-describedby="note"`. */
export interface Note {
  kind: 'problem' | 'done';
  text: string;
}

interface Content {
  title: string;
  body: Html;
  note?: Note;
  /** Where the browser goes by itself. */
  continueTo?: string;
}

/** One page: no script, no image, nothing from elsewhere. */
export function layout(
  language: Language,
  { title, body, note, continueTo }: Content,
  nonce: string,
): string {
  const refresh = continueTo
    ? html`<meta http-equiv="refresh" content="0;url=${continueTo}" />`
    : undefined;
  // Read out first, so that a form that comes back is not taken for the one before.
  const problem = note?.kind === 'problem' ? `${messages[language].problem}: ` : '';
  // The style is a constant of ours, so it is not escaped.
  return `<!doctype html>${html`<html lang="${language}">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width,initial-scale=1" />
      <meta name="robots" content="noindex" />
      ${refresh}
      <title>${problem}${title} · Knogin</title>
    </head>
    <body>
      <main>
        <p class="brand">KNOGIN</p>
        <h1>${title}</h1>
        ${note ? noteBox(note) : undefined} ${body}
      </main>
    </body>
  </html>`.text.replace('</head>', `<style nonce="${nonce}">${style}</style></head>`)}`;
}

function noteBox({ kind, text }: Note): Html {
  const role = kind === 'problem' ? 'alert' : 'status';
  return html`<p id="note" class="note ${kind}" role="${role}">${text}</p>`;
}

/** The form's own origin only; nobody may frame a page; styles by nonce, scripts not at all. */
export function contentSecurityPolicy(nonce: string): string {
  return `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`;
}

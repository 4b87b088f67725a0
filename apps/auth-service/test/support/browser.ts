import { ApiClient, type ApiAnswer } from '#libs/testing';

/** A browser without JavaScript: keeps cookies, follows redirects of our own, fills in forms. */
export class Browser {
  cookie: string | undefined;
  language = 'en';

  constructor(readonly client: ApiClient) {}

  async get(path: string): Promise<ApiAnswer> {
    return this.send('GET', path);
  }

  /** Fills in the page's first form, or the first of an action, and sends it. */
  async submit(
    page: ApiAnswer,
    fields: Readonly<Record<string, string>>,
    wanted?: string,
  ): Promise<ApiAnswer> {
    const forms = page.text.matchAll(/<form[^>]*action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/g);
    const [, action = '', body = ''] =
      [...forms].find(([, named]) => wanted === undefined || unescape(named ?? '') === wanted) ??
      [];
    const hidden = [...body.matchAll(/<input type="hidden" name="([^"]+)"[^>]*value="([^"]*)"/g)];
    const form = {
      ...Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, unescape(value)])),
      ...fields,
    };
    return this.send('POST', unescape(action), form);
  }

  /** Follows redirects within the site, and the interstitial; ends at a page or at a redirect that leaves. */
  async follow(answer: ApiAnswer): Promise<ApiAnswer> {
    let current = answer;
    for (let hops = 0; hops < 10; hops++) {
      const next = String(current.headers.location ?? '') || refreshOf(current.text);
      if (!next.startsWith('/')) return current;
      current = await this.get(next);
    }
    throw new Error('too many redirects');
  }

  /** Signs in on the login page that `page` is, and follows on. */
  async signIn(page: ApiAnswer, email: string, password: string): Promise<ApiAnswer> {
    return this.follow(await this.submit(page, { email, password }));
  }

  private async send(
    method: string,
    path: string,
    form?: Readonly<Record<string, string>>,
  ): Promise<ApiAnswer> {
    const answer = await this.client.send(method, path, {
      headers: {
        'accept-language': this.language,
        ...(this.cookie === undefined ? {} : { cookie: this.cookie }),
      },
      ...(form ? { form } : {}),
    });
    const set = [answer.headers['set-cookie'] ?? []].flat()[0];
    if (set !== undefined) {
      const pair = set.split(';')[0] ?? '';
      this.cookie = pair.endsWith('=') ? undefined : pair;
    }
    return answer;
  }
}

function refreshOf(text: string): string {
  const [, url = ''] = /http-equiv="refresh" content="0;url=([^"]+)"/.exec(text) ?? [];
  return unescape(url);
}

function unescape(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');
}

import type { Report } from './report.ts';

export interface Exchange {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, or as a form where it is one. */
  readonly body?: URLSearchParams | object;
  /** The status that proves the step. */
  readonly expect: number;
}

/** Sends one request and prints it with its answer. Rejects where the status is not the expected one. */
export async function exchange<T>(report: Report, url: string, options: Exchange): Promise<T> {
  const { body, expect } = options;
  const method = options.method ?? (body ? 'POST' : 'GET');
  const form = body instanceof URLSearchParams;
  const headers = {
    ...(body && {
      'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json',
    }),
    ...options.headers,
  };
  const sent = form ? body.toString() : body && JSON.stringify(body);
  report.note(`${method} ${url}`);
  for (const [name, value] of Object.entries(headers)) report.note(`  ${name}: ${value}`);
  if (sent !== undefined) report.note(`  ${sent}`);
  const answer = await fetch(url, { method, headers, ...(sent !== undefined && { body: sent }) });
  const text = await answer.text();
  report.note(`=> ${answer.status} ${text}`);
  if (answer.status !== expect) throw new Error(`status ${answer.status} instead of ${expect}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

// login-client PORT TIMES: says that it is ready, and at the first message sends so many failed logins at once.
import { once } from 'node:events';

const [port, times] = process.argv.slice(2).map(Number);
const origin = `http://127.0.0.1:${String(port)}`;
const page = await fetch(`${origin}/login`);
const cookie = (page.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(await page.text()) ?? [];
process.send?.('ready');
await once(process, 'message');
await Promise.all(
  Array.from({ length: times ?? 0 }, async (_, index) => {
    const body = new URLSearchParams({
      csrf,
      email: `nobody-${String(index)}@example.com`,
      password: 'wrong wrong wrong',
    });
    const answer = await fetch(`${origin}/login`, { method: 'POST', headers: { cookie }, body });
    if (answer.status !== 401) throw new Error(`the login answered ${String(answer.status)}`);
  }),
);
process.disconnect();

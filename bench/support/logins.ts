/** So many failed logins at once: each costs one argon2id, as a good one does. @returns when all are answered */
export async function logIn(port: number, times: number): Promise<void> {
  const origin = `http://127.0.0.1:${port}`;
  const page = await fetch(`${origin}/login`);
  const cookie = (page.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(await page.text()) ?? [];
  await Promise.all(
    Array.from({ length: times }, async (_, index) => {
      const body = new URLSearchParams({
        csrf,
        email: `nobody-${index}@example.com`,
        password: 'wrong wrong wrong',
      });
      const answer = await fetch(`${origin}/login`, { method: 'POST', headers: { cookie }, body });
      if (answer.status !== 401) throw new Error(`the login answered ${answer.status}`);
    }),
  );
}

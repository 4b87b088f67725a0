import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

const source = JSON.stringify(join(import.meta.dirname, 'standard-output.ts'));
const intro = `import { StandardOutput } from ${source};
  const output = new StandardOutput((lost) => output.write(JSON.stringify({ lost }) + '\\n'));`;
const argumentsOf = (code: string): string[] => ['--input-type=module', '-e', intro + code];

function start(code: string, stdio: StdioOptions): ChildProcess {
  return spawn(process.execPath, argumentsOf(code), { stdio });
}

describe('StandardOutput', () => {
  it('has written every line in its order when the process ends, whatever the thread pool has to do', async () => {
    const code = `
      import { pbkdf2 } from 'node:crypto';
      for (let n = 0; n < 4; n++) pbkdf2('', '', 500_000, 64, 'sha512', () => {});
      for (let n = 0; n < 50_000; n++) output.write(JSON.stringify({ n, text: 'größer' }) + '\\n');
      process.send('ends');
      process.exit(0);`;
    const child = start(code, ['ignore', 'pipe', 'inherit', 'ipc']);
    await once(child, 'message');
    const lines = (await text(child.stdout ?? Readable.from([]))).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).n)).toEqual([...Array(50_000).keys()]);
    expect(JSON.parse(lines.at(-1) ?? '').text).toBe('größer');
  });

  it('lets the process go on, and end, where nothing can be written', async () => {
    // What is open for reading alone takes nothing, as a disk that is full.
    const fd = openSync(import.meta.filename, 'r');
    const code = `
      output.write('x'.repeat(100_000) + '\\n');
      process.once('beforeExit', () => {
        output.write('more\\n');
        output.flushSync();
        output.write('the last\\n');
        process.exitCode = 3;
      });`;
    const child = start(code, ['ignore', fd, 'inherit']);
    closeSync(fd);
    expect(await once(child, 'exit')).toEqual([3, null]);
  });

  it('lets the process end where the reader stands still', async () => {
    const code = `
      output.write('x'.repeat(1_000_000) + '\\n');
      process.exitCode = 3;`;
    const child = start(code, ['ignore', 'pipe', 'inherit']);
    expect(await once(child, 'exit')).toEqual([3, null]);
    child.stdout?.destroy();
  });

  it('keeps so much for who does not read, and tells how many lines were lost once they do', async () => {
    const code = `
      const line = 'x'.repeat(1_023) + '\\n';
      for (let n = 0; n < 40_000; n++) output.write(line);
      process.send('written');
      process.on('message', () => process.exit(0));`;
    const child = start(code, ['ignore', 'pipe', 'inherit', 'ipc']);
    await once(child, 'message');
    const chunks: string[] = [];
    for await (const chunk of child.stdout ?? []) {
      chunks.push(String(chunk));
      if (chunks.slice(-2).join('').endsWith('}\n')) child.send('end');
    }
    const lines = chunks.join('').trimEnd().split('\n');
    const { lost } = JSON.parse(lines.pop() ?? '') as { lost: number };
    expect(lost).toBeGreaterThan(20_000);
    expect(lines.length + lost).toBe(40_000);
    expect(new Set(lines.map((line) => line.length))).toEqual(new Set([1_023]));
  });
});

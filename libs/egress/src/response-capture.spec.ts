import { BodyCapture, keepHeaders } from './response-capture.js';

function capture(chunks: readonly (string | Buffer)[], keptBytes = 4, readBytes = 8): BodyCapture {
  const body = new BodyCapture({ keptBytes, readBytes });
  for (const chunk of chunks) body.add(Buffer.from(chunk));
  return body;
}

describe('BodyCapture', () => {
  it('keeps a body that fits, however it arrives', () => {
    for (const chunks of [[], ['ab'], ['a', 'b'], ['ab', 'cd'], ['a', '', 'bcd']]) {
      const body = capture(chunks);
      expect([body.text(), body.truncated]).toEqual([chunks.join(''), false]);
    }
  });

  it('keeps the first bytes of one that does not, and says so', () => {
    for (const chunks of [['abcdef'], ['abc', 'def'], ['abcd', 'e'], ['a', 'bcdef', 'g']]) {
      const body = capture(chunks);
      expect([body.text(), body.truncated]).toEqual(['abcd', true]);
    }
  });

  it('copies a body once, however small its chunks are', () => {
    const copies = jest.spyOn(Buffer, 'concat');
    const body = capture(Array<string>(1_000).fill('a'), 1_000, 1_000);
    expect(copies).not.toHaveBeenCalled();
    expect(body.text()).toBe('a'.repeat(1_000));
    expect(copies).toHaveBeenCalledTimes(1);
    copies.mockRestore();
  });

  it('does not cut a character in half', () => {
    expect(capture(['abcü!']).text()).toBe('abc');
    expect(capture(['a🚒🚒']).text()).toBe('a');
  });

  it('shows a half character that the receiver itself sent', () => {
    expect(capture([Buffer.from([0x61, 0xc3])]).text()).toBe('a\uFFFD');
  });

  it('puts U+FFFD for NUL and for invalid UTF-8', () => {
    expect(capture([Buffer.from([0x61, 0x00, 0xff, 0x62])]).text()).toBe('a\uFFFD\uFFFDb');
  });

  it('[W44] wants no more than may be read', () => {
    const body = new BodyCapture({ keptBytes: 4, readBytes: 8 });
    expect([body.add(Buffer.from('12345678')), body.add(Buffer.from('9'))]).toEqual([true, false]);
  });
});

describe('keepHeaders', () => {
  it('keeps the allow-listed ones, joined and cut', () => {
    const headers = {
      'retry-after': '120',
      'set-cookie': ['a=1', 'b=2'],
      'x-request-id': ['1', '2'],
      server: 'x'.repeat(20),
      authorization: 'secret',
    };
    expect(keepHeaders(headers, 10)).toEqual({
      'retry-after': '120',
      'x-request-id': '1, 2',
      server: 'xxxxxxxxxx',
    });
  });
});

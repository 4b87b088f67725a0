import { sendBytes } from '#libs/testing';

/** A request as bytes, for what no client library sends: the whole answer as text. */
export async function rawRequest(
  baseUrl: string,
  lines: readonly string[],
  body = '',
): Promise<string> {
  const isChunked = lines.some((line) => line.startsWith('Transfer-Encoding'));
  const length = isChunked ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const head = [...lines, 'Host: a', 'Connection: close', ...length];
  return sendBytes(baseUrl, `${head.join('\r\n')}\r\n\r\n${body}`);
}

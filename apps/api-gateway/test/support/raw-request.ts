import { connect } from 'node:net';

/** A request as bytes, for what no client library sends: the whole answer as text. */
export async function rawRequest(
  baseUrl: string,
  lines: readonly string[],
  body = '',
): Promise<string> {
  const { hostname, port } = new URL(baseUrl);
  const isChunked = lines.some((line) => line.startsWith('Transfer-Encoding'));
  const length = isChunked ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const head = [...lines, 'Host: a', 'Connection: close', ...length];
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () =>
      socket.write(`${head.join('\r\n')}\r\n\r\n${body}`),
    );
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

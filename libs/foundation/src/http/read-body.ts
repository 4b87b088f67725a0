import type { IncomingMessage } from 'node:http';
import { AppError } from '../errors/app-error.js';

/** Default limit of a request body on resource routes, in bytes. */
export const DEFAULT_BODY_LIMIT_BYTES = 64 * 1024;

const tooLarge = (limitBytes: number): AppError =>
  new AppError('payload_too_large', { detail: `Send at most ${limitBytes} bytes.` });

/** Whether the request announces a body (RFC 9112 section 6.3). */
export function hasBody(request: IncomingMessage): boolean {
  return (
    request.headers['transfer-encoding'] !== undefined ||
    Number(request.headers['content-length'] ?? 0) > 0
  );
}

/** Whether the body is sent as it is; content codings have no case (RFC 9110 section 8.4.1). */
export function isUncoded({ headers }: IncomingMessage): boolean {
  const coding = headers['content-encoding'];
  return coding === undefined || coding.toLowerCase() === 'identity';
}

/**
 * Reads a whole body.
 * @throws AppError payload_too_large, as soon as the limit is known to be passed
 */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  // Node emits no `end` where no body was announced (optimizeEmptyRequests).
  if (!hasBody(request)) return Buffer.alloc(0);
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limitBytes) {
        request.pause();
        request.removeAllListeners('data');
        reject(tooLarge(limitBytes));
        return;
      }
      chunks.push(chunk);
    });
    request.on('end', () => {
      const [first = Buffer.alloc(0)] = chunks;
      resolve(chunks.length > 1 ? Buffer.concat(chunks, length) : first);
    });
    // Node's only error while a body is read: the connection ended before it.
    request.on('error', (cause) =>
      reject(new AppError('invalid_request', { detail: 'The body was cut off.', cause })),
    );
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws AppError malformed_json */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(bytes)) as unknown;
  } catch (cause) {
    throw new AppError('malformed_json', {
      detail: 'Send one JSON value in UTF-8 without a byte order mark.',
      cause,
    });
  }
}

/** Whether a Content-Type names the media type, with no charset but UTF-8; parameters nobody knows say nothing. */
export function isMediaType(contentType: string | undefined, mediaType: string): boolean {
  const [type, ...parameters] = (contentType ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase());
  return (
    type === mediaType &&
    parameters.every(
      (parameter) => !parameter.startsWith('charset=') || /^charset=("?)utf-8\1$/.test(parameter),
    )
  );
}

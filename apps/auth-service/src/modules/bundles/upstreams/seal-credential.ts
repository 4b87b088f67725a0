import type { SecretBox } from '#libs/foundation';

/** The gateway opens it with the same context. */
export function sealCredential(box: SecretBox, id: string, credential: string): Buffer {
  return box.seal(Buffer.from(credential), `upstream:${id}`);
}

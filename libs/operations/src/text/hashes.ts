import { hash } from 'node:crypto';
import { DocumentNode } from 'graphql';
import { canonicalText } from './canonical.js';

/** Lower-case hexadecimal SHA-256 of the UTF-8 bytes. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex');
}

export interface OperationHashes {
  /** Of the approved text as it stands: what `documentId: "sha256:…"` names. */
  docSha256: string;
  normSha256: string;
  normTypenameSha256: string;
}

export function operationHashes(text: string, document: DocumentNode): OperationHashes {
  return {
    docSha256: sha256Hex(text),
    normSha256: sha256Hex(canonicalText(document, 'plain')),
    normTypenameSha256: sha256Hex(canonicalText(document, 'typename')),
  };
}

import { Variant, canonicalText } from '../text/canonical.js';
import { sha256Hex } from '../text/hashes.js';
import { parseText } from '../text/parse-text.js';
import { LruMap } from './lru-map.js';

/** What the index needs to know of one operation; `value` is handed back on a hit. */
export interface IndexedOperation<T> {
  text: string;
  docSha256: string;
  normSha256: string;
  normTypenameSha256: string;
  /** Everything `documentId: "x-knogin:…"` may say to mean this operation. */
  names: readonly string[];
  value: T;
}

export interface Candidate<T> {
  value: T;
  /** Which form of the stored document answers what the caller sent. */
  variant: Variant;
}

/** All operations that answer to one id or text; which of them a caller holds is decided afterwards. */
export interface Hit<T> {
  found: true;
  candidates: readonly Candidate<T>[];
}
export type Match<T> = Hit<T> | { found: false; syntaxError: boolean };

const UNKNOWN = { found: false, syntaxError: false } as const;
const NO_GRAPHQL = { found: false, syntaxError: true } as const;

/** Texts above this size are recognised, but parsed again every time: the cache stays below 8 MB. */
const MAX_CACHED_TEXT_CHARS = 16 * 1024;
const MAX_CACHED_TEXTS = 500;

/**
 * Recognises an approved operation by id, by its exact text or by its canonical form (spec/graphql.md section 2).
 * The caller's text is parsed at most, never validated and never executed. Everything is a Map: `__proto__` and
 * `constructor` are keys like any other. The cache is keyed by text alone and remembers hits alone, so that it
 * can neither carry a decision from one caller to another nor be flushed with garbage.
 */
export class OperationIndex<T> {
  private readonly byText = new Map<string, Hit<T>>();
  private readonly byDocSha256 = new Map<string, Hit<T>>();
  private readonly byName = new Map<string, Hit<T>>();
  private readonly byNorm = new Map<string, Hit<T>>();
  private readonly recent = new LruMap<string, Hit<T>>(MAX_CACHED_TEXTS);

  constructor(operations: Iterable<IndexedOperation<T>>) {
    for (const operation of operations) {
      const plain: Candidate<T> = { value: operation.value, variant: 'plain' };
      add(this.byText, operation.text, plain);
      add(this.byDocSha256, operation.docSha256, plain);
      for (const name of operation.names) add(this.byName, name, plain);
      add(this.byNorm, operation.normSha256, plain);
      // A document without nested selections is its own typename variant.
      if (operation.normTypenameSha256 === operation.normSha256) continue;
      add(this.byNorm, operation.normTypenameSha256, {
        value: operation.value,
        variant: 'typename',
      });
    }
  }

  /** `sha256:` and 64 lower-case hexadecimal digits, or `x-knogin:` and a name; anything else is unknown. */
  matchId(documentId: string): Match<T> {
    if (documentId.startsWith('sha256:'))
      return this.byDocSha256.get(documentId.slice(7)) ?? UNKNOWN;
    if (documentId.startsWith('x-knogin:')) return this.byName.get(documentId.slice(9)) ?? UNKNOWN;
    return UNKNOWN;
  }

  matchText(text: string): Match<T> {
    return this.matchKnown(text) ?? this.matchCanonical(text);
  }

  /** A text that is known as it stands; undefined where it has to be parsed. */
  matchKnown(text: string): Hit<T> | undefined {
    return this.byText.get(text) ?? this.recent.get(text);
  }

  /**
   * The slow way round. A caller who holds none of the candidates of a text that was found the quick way is sent
   * through it as well: another version of his may differ in a comment only, and a text of someone else's takes as
   * long to refuse as one that nobody has.
   */
  matchCanonical(text: string): Match<T> {
    const document = parseText(text);
    if (document === undefined) return NO_GRAPHQL;
    const hit = this.byNorm.get(sha256Hex(canonicalText(document, 'plain')));
    if (hit === undefined) return UNKNOWN;
    if (text.length <= MAX_CACHED_TEXT_CHARS) this.recent.set(text, hit);
    return hit;
  }
}

function add<T>(map: Map<string, Hit<T>>, key: string, candidate: Candidate<T>): void {
  const known = map.get(key)?.candidates ?? [];
  map.set(key, { found: true, candidates: [...known, candidate] });
}

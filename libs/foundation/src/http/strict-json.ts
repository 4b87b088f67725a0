import { AppError, type FieldError } from '../errors/app-error.js';
import { jsonValues, pointerOf } from './json-values.js';
import { parseJson } from './read-body.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/**
 * Parses a request body that is read, not kept: no member twice, of which JSON.parse would silently take the last, and
 * no character that PostgreSQL cannot store.
 * @throws AppError malformed_json, validation_failed
 */
export function parseStrictJson(bytes: Buffer): unknown {
  const value = parseJson(bytes);
  const text = bytes.toString('utf8');
  if (membersOf(value) !== countColons(text)) {
    throw new AppError('malformed_json', { detail: 'Name each member of an object once.' });
  }
  const errors = /\\u(?:0000|d[89a-f])/i.test(text) ? unstorable(value) : [];
  if (errors.length === 0) return value;
  throw new AppError('validation_failed', {
    detail: 'Correct the members named in errors.',
    errors,
  });
}

/** Colons outside strings of a text that is known to be JSON: one for each member that was sent. */
export function countColons(text: string): number {
  let colons = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === COLON) colons += 1;
    else if (code === QUOTE) at = endOfString(text, at);
  }
  return colons;
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}

/** Members of all objects. Without recursion, like everything here: a body may be nested ten thousand times. */
function membersOf(root: unknown): number {
  let members = 0;
  for (const { value } of jsonValues(root)) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      members += Object.keys(value).length;
  }
  return members;
}

/** Strings with U+0000 or half of a surrogate pair. */
function unstorable(root: unknown): FieldError[] {
  const message = 'Remove the character U+0000 and unpaired surrogates.';
  const errors: FieldError[] = [];
  for (const { value, path } of jsonValues(root)) {
    if (typeof value !== 'string' || (value.isWellFormed() && !value.includes('\0'))) continue;
    errors.push({ pointer: pointerOf(path), code: 'invalid_character', message });
  }
  return errors;
}

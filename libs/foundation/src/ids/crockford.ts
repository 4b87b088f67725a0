const alphabet = Array.from('0123456789ABCDEFGHJKMNPQRSTVWXYZ');
/** Two letters for each ten bits. */
export const pairs = alphabet.flatMap((first) => alphabet.map((second) => first + second));
const values = new Map(alphabet.map((letter, index) => [letter, index]));

/** 16 bytes as 26 characters of Crockford base32, the layout of a ULID: sorts as the bytes do. */
export function encodeCrockford(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  // 26 characters hold 130 bits: the first starts two bits before the first byte. Two at a time.
  let held = 2;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    held += 8;
    if (held < 10) continue;
    held -= 10;
    text += pairs[bits >> held] ?? '';
    bits &= (1 << held) - 1;
  }
  return text;
}

/** The 16 bytes behind 26 characters, or undefined when the text is not canonical (case included). */
export function decodeCrockford(text: string): Uint8Array | undefined {
  if (text.length !== 26) return undefined;
  const bytes = new Uint8Array(16);
  let bits = 0;
  let held = -2;
  let at = 0;
  for (const letter of text) {
    const value = values.get(letter);
    if (value === undefined) return undefined;
    bits = (bits << 5) | value;
    held += 5;
    // The first character carries three bits; more would be past 128.
    if (held === 3 && value > 7) return undefined;
    if (held >= 8) {
      held -= 8;
      bytes[at++] = (bits >> held) & 0xff;
      bits &= (1 << held) - 1;
    }
  }
  return bytes;
}

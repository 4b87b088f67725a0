const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const values = new Map(Array.from(alphabet).map((letter, index) => [letter, BigInt(index)]));

/** 128 bits as 26 characters of Crockford base32, the layout of a ULID: sorts as the number does. */
export function encodeCrockford(value: bigint): string {
  let rest = value;
  let text = '';
  for (let place = 0; place < 26; place++) {
    text = (alphabet[Number(rest & 31n)] ?? '') + text;
    rest >>= 5n;
  }
  return text;
}

/** The number behind 26 characters, or undefined when the text is not canonical (case included). */
export function decodeCrockford(text: string): bigint | undefined {
  if (text.length !== 26) return undefined;
  let value = 0n;
  for (const letter of text) {
    const digit = values.get(letter);
    if (digit === undefined) return undefined;
    value = (value << 5n) | digit;
  }
  return value >> 128n === 0n ? value : undefined;
}

/**
 * The bytes of one member at the top of a JSON object, as they were sent: key order, duplicate members and numbers
 * beyond a double survive. Of repeated members the last counts, as for JSON.parse.
 * @param json bytes that JSON.parse takes for an object
 * @returns undefined where the object has no such member
 */
export function rawMember(json: Buffer, name: string): Buffer | undefined {
  const text = json.toString('utf8');
  let found: string | undefined;
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (text[at] !== '}') {
    const keyEnd = endOfString(text, at);
    const key = JSON.parse(text.slice(at, keyEnd)) as string;
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const valueEnd = endOfValue(text, valueStart);
    if (key === name) found = text.slice(valueStart, valueEnd);
    at = skipSpace(text, valueEnd);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return found === undefined ? undefined : Buffer.from(found);
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (' \t\n\r'.includes(text[at] ?? 'x')) at++;
  return at;
}

/** @param from the opening quote @returns behind the closing one */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfValue(text: string, from: number): number {
  const first = text[from];
  if (first === '"') return endOfString(text, from);
  if (first !== '{' && first !== '[') {
    let at = from;
    while (!',}] \t\n\r'.includes(text[at] ?? ',')) at++;
    return at;
  }
  let depth = 0;
  for (let at = from; ;) {
    const letter = text[at];
    if (letter === '"') {
      at = endOfString(text, at);
      continue;
    }
    if (letter === '{' || letter === '[') depth++;
    if (letter === '}' || letter === ']') depth--;
    at++;
    if (depth === 0) return at;
  }
}

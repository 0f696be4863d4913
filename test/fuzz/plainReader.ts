// A second reader of policy files, written from the definition of the format alone: what the product's reader makes of a
// text is held against it, so that a rule cannot get lost in a comment, an escape, a byte order mark or a repeated key.

/** Why a text is not JSON with comments, in a few words. */
export class NotPlain extends Error {}

/**
 * Reads JSON with comments and trailing commas. Objects come without a prototype.
 * @throws NotPlain for anything else, a key that stands twice included.
 */
export function readPlainly(text: string): unknown {
  const tokens = tokensOf(text.startsWith('\uFEFF') ? text.slice(1) : text);
  let at = 0;
  const take = (): string => {
    const token = tokens[at];
    at += 1;
    if (token === undefined) throw new NotPlain('the text ends too early');
    return token;
  };
  const separated = (end: string, readItem: (first: string) => void): void => {
    for (let token = take(); token !== end; token = take()) {
      readItem(token);
      const separator = take();
      if (separator === end) return;
      if (separator !== ',') throw new NotPlain(`${separator} where a comma is due`);
    }
  };
  const read = (token: string): unknown => {
    if (token === '[') {
      const items: unknown[] = [];
      separated(']', (first) => items.push(read(first)));
      return items;
    }
    if (token !== '{') return scalar(token);
    const object: Record<string, unknown> = Object.create(null);
    separated('}', (first) => {
      const key = scalar(first);
      if (typeof key !== 'string') throw new NotPlain(`${first} as a key`);
      if (key in object) throw new NotPlain(`${first} twice`);
      if (take() !== ':') throw new NotPlain(`no colon after ${first}`);
      object[key] = read(take());
    });
    return object;
  };
  const value = read(take());
  if (at < tokens.length) throw new NotPlain(`${tokens[at]} behind the end`);
  return value;
}

const BLANK = /(?:[ \t\r\n]|\/\/[^\r\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/)*/y;
const TOKEN = /[[\]{},:]|"(?:[^"\\]|\\.)*"|[^\s[\]{},:"/]+/y;

function tokensOf(text: string): readonly string[] {
  const tokens: string[] = [];
  for (let at = 0; ; ) {
    BLANK.lastIndex = at;
    BLANK.exec(text);
    at = Math.max(at, BLANK.lastIndex);
    if (at >= text.length) return tokens;
    TOKEN.lastIndex = at;
    const [token] = TOKEN.exec(text) ?? [];
    if (token === undefined) throw new NotPlain(`an odd character at ${at}`);
    tokens.push(token);
    at += token.length;
  }
}

function scalar(token: string): unknown {
  try {
    return JSON.parse(token);
  } catch (error) {
    throw new NotPlain(`${token} is no value`, { cause: error });
  }
}

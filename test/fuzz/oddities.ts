import type { Random } from './random.ts';

/** What must come of a mutant. */
export type Expected =
  /** Any outcome but a hang, a crash, or a policy that says something else than its text. */
  | 'anything'
  /** It says the same as its seed: read, and decided as the seed is. */
  | 'same'
  /** It does not say the same as its seed in any clear way: refused, so that the last good policy stays in force. */
  | 'refused';

export interface Oddity {
  readonly name: string;
  readonly expected: Expected;
  readonly make: (text: string, random: Random) => string;
}

/** A place between two tokens: after a bracket or a comma that is neither in a text nor in a comment. */
function seam(text: string, random: Random, after: RegExp): number {
  const places = [...text.matchAll(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\/|[{},[\]:]/g)];
  const fitting = places.filter(([token]) => after.test(token));
  const place = random.pick(fitting);
  return place.index + place[0].length;
}

function insert(text: string, at: number, what: string): string {
  return text.slice(0, at) + what + text.slice(at);
}

/** A key of the policy's text that stands in an object of its own, with its place. */
function someKey(text: string, random: Random): { readonly start: number; readonly end: number; readonly key: string } {
  const places = [...text.matchAll(/\/\/[^\n]*|\/\*[\s\S]*?\*\/|"((?:[^"\\]|\\.)*)"(?=(\s*:)?)/g)];
  const keys = places.filter(([, key, colon]) => key !== undefined && key !== '' && colon !== undefined);
  const place = random.pick(keys);
  return { start: place.index, end: place.index + place[0].length, key: place[1] ?? '' };
}

function withKey(text: string, random: Random, rename: (key: string) => string): string {
  const { start, end, key } = someKey(text, random);
  return `${text.slice(0, start)}"${rename(key)}"${text.slice(end)}`;
}

const LOOSE = ['[]', '{}', 'null', '"*"', '[{ "id": "x", "reason": "x", "allow": ["*"] }]', 'false', '0'];
const GUARDS = ['constraints', 'budgets', 'review', 'mode', 'version', 'default', 'classes', 'models', 'attestations'];
/** Letters that look like others, or like nothing, so that a key seems to be there. */
const LOOKALIKES: readonly (readonly [string, string])[] = [
  ['e', 'е'],
  ['o', 'о'],
  ['a', 'а'],
  ['c', 'с'],
  ['i', 'İ'],
];
const INVISIBLE = ['\u200b', '\ufeff', '\u00a0', '\u0000', '\\u0000', '\\u200b', ' ', '\\ufeff', '\ud800', '\\ud800'];

const backslash = '\\';

/** Oddities that a person, an editor or somebody with bad intentions puts into a policy, each with what must come of it. */
export const oddities: readonly Oddity[] = [
  { name: 'a byte order mark', expected: 'same', make: (text) => `\uFEFF${text}` },
  { name: 'CRLF', expected: 'same', make: (text) => text.replaceAll('\n', '\r\n') },
  {
    name: 'a lone CR at line ends outside comments',
    expected: 'same',
    make: (text) => withoutComments(text).replaceAll('\n', '\r'),
  },
  { name: 'no comments', expected: 'same', make: (text) => withoutComments(text) },
  {
    name: 'a comment between tokens',
    expected: 'same',
    make: (text, random) =>
      insert(
        text,
        seam(text, random, /^[{[,:]$/),
        random.pick(['/* "deny": [] */', '// }\n', '/**/', '/* // */', '//\r\n']),
      ),
  },
  {
    name: 'a trailing comma',
    expected: 'same',
    make: (text) =>
      withoutComments(text)
        .replace(/([\]}"\w])(\s*[\]}])/, '$1,$2')
        .replace(/,(\s*),/, ',$1'),
  },
  {
    name: 'letters of a key as escapes',
    expected: 'same',
    make: (text, random) =>
      withKey(text, random, (key) =>
        key.includes(backslash)
          ? key
          : `${key.slice(0, -1)}${backslash}u${key
              .charCodeAt(key.length - 1)
              .toString(16)
              .padStart(4, '0')}`,
      ),
  },
  {
    name: 'a guard a second time, looser',
    expected: 'refused',
    make: (text, random) => {
      const guard = random.pick(GUARDS.filter((key) => text.includes(`"${key}"`)));
      const written = random.oneIn(2)
        ? guard
        : `${backslash}u${guard.charCodeAt(0).toString(16).padStart(4, '0')}${guard.slice(1)}`;
      const again = `"${written}": ${random.pick(LOOSE)}`;
      return random.oneIn(2) ? text.replace(/\{/, `{ ${again},`) : text.replace(/,?\s*\}(?=[^}]*$)/, `, ${again} }`);
    },
  },
  {
    name: 'a key twice in the same object',
    expected: 'refused',
    make: (text, random) => {
      const { start, end } = someKey(text, random);
      return insert(text, start, `${text.slice(start, end)}: ${random.pick(LOOSE)}, `);
    },
  },
  {
    name: 'a key of the prototype',
    expected: 'refused',
    make: (text, random) => {
      const name = random.pick([
        '__proto__',
        `${backslash}u005f_proto__`,
        'prototype',
        'hasOwnProperty',
        'valueOf',
        'toString',
      ]);
      const value = random.pick(['{ "block": false }', '{ "constraints": [] }', 'null', '{ "mode": "observe" }', '[]']);
      // In `models`, `review`, `routes` and the like every name but `__proto__` is a name like any other, so at the root.
      return text.replace(/\{/, `{ "${name}": ${value},`);
    },
  },
  {
    name: '__proto__ in any object',
    expected: 'refused',
    make: (text, random) => insert(text, seam(text, random, /^\{$/), '"__proto__": { "deny": [] }, '),
  },
  {
    name: 'a key with something invisible in it',
    expected: 'refused',
    make: (text, random) => {
      const extra = random.pick(INVISIBLE);
      return withGuardKey(text, random, (key) => (random.oneIn(2) ? `${key}${extra}` : `${extra}${key}`));
    },
  },
  {
    name: 'a key that looks like another',
    expected: 'refused',
    make: (text, random) => {
      return withGuardKey(text, random, (key) => {
        const [latin, other] = random.pick(LOOKALIKES.filter(([letter]) => key.includes(letter)));
        return key.replace(latin, other);
      });
    },
  },
  {
    name: 'a key in capitals',
    expected: 'refused',
    make: (text, random) => withGuardKey(text, random, (key) => key.toUpperCase()),
  },
  {
    name: 'an unfinished text',
    expected: 'refused',
    make: (text, random) => text.trimEnd().slice(0, random.below(text.trimEnd().length - 1)),
  },
  {
    name: 'something behind the end',
    expected: 'refused',
    make: (text, random) => `${text}\n${random.pick(['{}', '}', ',', '"constraints"', '[]', '\u0000', 'x'])}`,
  },
  {
    name: 'an unclosed comment',
    expected: 'refused',
    make: (text, random) => insert(withoutComments(text), seam(withoutComments(text), random, /^[{[,]$/), '/* '),
  },
];

/** Renames one of the keys that hold something back, wherever they stand. All of them have an "e", "o", "a", "c" or "i". */
function withGuardKey(commented: string, random: Random, rename: (key: string) => string): string {
  const text = withoutComments(commented);
  const places = [
    ...text.matchAll(
      /"(constraints|deny|allow|residency|retention|block|when|touches|local|budgets|version|default|reason)"(?=\s*:)/g,
    ),
  ];
  const place = random.pick(places);
  return `${text.slice(0, place.index)}"${rename(place[1] ?? '')}"${text.slice(place.index + place[0].length)}`;
}

function withoutComments(text: string): string {
  return text.replace(
    /("(?:[^"\\]|\\.)*")|\/\/[^\r\n]*|\/\*[\s\S]*?\*\//g,
    (_, string: string | undefined) => string ?? '',
  );
}

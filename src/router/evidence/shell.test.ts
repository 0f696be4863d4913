import { expect, test } from 'vitest';
import { splitCommands } from './shell.ts';

test.each<[string, readonly string[]]>([
  ['cat a && cat b | head; cat c', ['cat a', 'cat b', 'head', 'cat c']],
  ['git commit -m "a; b (c)"', []],
  ['echo "$(cat a)" done', ['" done', 'cat a']],
  ["bash -c 'cat a; cat b'", ["bash -c 'cat a; cat b'"]],
  ['ls a; rm a; echo a >> .gitignore', []],
  ['echo a | xargs cat', ['echo a', 'xargs cat']],
  ["git commit -F - <<'E'\ncat a\nE\ncat b", ['cat b']],
  ['python3 <<E\nopen(a)\nE', ['python3 <<E', 'open', 'a', 'E']],
  ['for f in a/*; do echo $f; done', ['for f in a/*', 'do echo $f', 'done']],
])('commands that may print what they name: %s', (line, loud) => {
  const found = splitCommands(line).flatMap(({ text, quiet }) => (quiet ? [] : [text.trim()]));
  expect(found.filter((text) => text !== 'E').sort()).toEqual(loud.filter((text) => text !== 'E').sort());
});

test('a line too long to be taken apart is looked at as a whole', () => {
  expect(splitCommands(`echo ${'a '.repeat(60_000)}`)).toMatchObject([{ quiet: false }]);
});

import { expect, test } from 'vitest';
import { splitCommands } from './shell.ts';

test.each<[string, readonly string[]]>([
  ['cat a && cat b | head; cat c', ['cat a', 'cat b', 'head', 'cat c']],
  ['git commit -m "a; b (c)"', []],
  ['echo "$(cat a)" done', ['cat a']],
  ["bash -c 'cat a; cat b'", ["bash -c 'cat a; cat b'"]],
  ['ls a; rm a; echo a >> .gitignore', []],
  ["find . -name '.env*'; wc -l .env; test -f a && cp a b", []],
  ['grep -rl KEY .; rg -q x .env; grep -c x .env; rg --files-with-matches x', []],
  ['git log --oneline -- .env; git diff --stat -- a; git show --name-only; git add .env', []],
  [
    'git log -p -- .env; git diff a; git add -p a; git status -vv',
    ['git log -p -- .env', 'git diff a', 'git add -p a', 'git status -vv'],
  ],
  ['git -C a show HEAD:./b; git --no-pager blame a', ['git -C a show HEAD:./b', 'git --no-pager blame a']],
  ['node --env-file=.env a.js; tsc -p a; docker compose --env-file .env up', []],
  ['node -e "read(1)"; python3 -c x', ['node -e "read(1)"', 'python3 -c x']],
  [
    'docker exec app cat .env; sudo /bin/cat a; A=1 cat b',
    ['docker exec app cat .env', 'sudo /bin/cat a', 'A=1 cat b'],
  ],
  ["sed -i 's/a/b/' c; sed -n 1p c", ['sed -n 1p c']],
  ['source .env && npm start', []],
  ['. ./.env; echo $KEY', ['. ./.env']],
  ['echo a | xargs cat', ['echo a', 'xargs cat']],
  ["git commit -F - <<'E'\ncat a\nE\ncat b", ['cat b']],
  ['python3 <<E\nopen(a)\nE', ['python3 <<E', 'open', 'a', 'E']],
  ['for f in a/*; do echo $f; done', ['for f in a/*']],
])('commands that may print what they name: %s', (line, loud) => {
  const found = splitCommands(line).flatMap(({ text, quiet }) => (quiet ? [] : [text.trim()]));
  expect(found.filter((text) => text !== 'E').sort()).toEqual(loud.filter((text) => text !== 'E').sort());
});

test('a line too long to be taken apart is looked at as a whole', () => {
  expect(splitCommands(`echo ${'a '.repeat(60_000)}`)).toMatchObject([{ quiet: false }]);
});

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { violationsOf } from '../../scripts/layers.ts';

const root = join(import.meta.dirname, '..', '..');

test('every source file keeps to its floor', () => {
  const files = globSync('src/**/*.{ts,tsx}', { cwd: root }).map((path) => path.replaceAll('\\', '/'));
  expect(files.length).toBeGreaterThan(50);
  const violations = files.flatMap((file) => violationsOf(file, readFileSync(join(root, file), 'utf8')));
  expect(violations.map(({ file, line, message }) => `${file}:${line}: ${message}`)).toEqual([]);
});

describe('what is caught', () => {
  const cases: readonly (readonly [what: string, file: string, source: string, message: RegExp])[] = [
    ['an import up', 'src/policy/a.ts', "import { b } from '../routing/b.ts';", /imports up from routing/],
    ['a type imported from above', 'src/usage/a.ts', "import type { B } from '../router/b.ts';", /imports up/],
    ['a re-export from above', 'src/policy/a.ts', "export * from '../usage/b.ts';", /imports up/],
    ['a dynamic import up', 'src/routing/a.ts', "const b = await import('../router/b.ts');", /imports up/],
    ['an import for its effect', 'src/policy/a.ts', "import '../usage/b.ts';", /imports up/],
    ['an import over several lines', 'src/policy/a.ts', "import {\n  a,\n  b,\n} from '../router/b.ts';", /imports up/],
    ['a type from above in passing', 'src/policy/a.ts', "type B = typeof import('../router/b.ts');", /imports up/],
    ['a test that imports up', 'src/policy/a.test.ts', "import { b } from '../router/b.ts';", /imports up/],
    ['a neighbour on floor 0 at run time', 'src/policy/a.ts', "import { b } from '../models/b.ts';", /same floor/],
    ['a dialect below what speaks it', 'src/models/a.ts', "import { b } from '../chat/b.ts';", /imports up/],
    ['the contract knowing the router', 'src/contract/a.ts', "import type { B } from '../router/b.ts';", /imports up/],
    ['a wire’s SDK at run time', 'src/chat/a.ts', "import OpenAI from 'openai';", /package openai/],
    ['a neighbour on floor 2', 'src/usage/a.ts', "import type { B } from '../providers/b.ts';", /same floor/],
    ['a thick extension', 'src/extension/a.ts', "import { b } from '../router/b.ts';", /types only/],
    ['a panel that needs Node', 'src/panel/a.tsx', "import { join } from 'node:path';", /runs in a browser/],
    ['a panel that knows the editor', 'src/panel/a.tsx', "import * as vscode from 'vscode';", /runs in a browser/],
    ['a panel with the ledger in it', 'src/panel/a.tsx', "import { b } from '../usage/b.ts';", /types only/],
    ['a file outside src', 'src/router/a.ts', "import { b } from '../../test/host/b.ts';", /outside src/],
    ['an unknown room', 'src/attic/a.ts', '', /no room/],
    ['the editor below', 'src/policy/a.ts', "import * as vscode from 'vscode';", /do not know the editor/],
    ['a node: module below', 'src/routing/a.ts', "import { join } from 'node:path';", /node:path/],
    ['a built-in by its short name', 'src/models/a.ts', "import fs from 'fs';", /do not import fs/],
    ['a package that is not pure', 'src/chat/a.ts', "import OpenAI from 'openai/core';", /the package openai/],
    ['a required package', 'src/chat/a.ts', "const x = require('undici');", /the package undici/],
    ['the clock', 'src/routing/a.ts', 'const now = Date.now();', /Date\.now/],
    ['the clock through new Date()', 'src/routing/a.ts', 'const now = new Date();', /new Date/],
    ['the clock through new Date', 'src/routing/a.ts', 'const now = new Date;', /new Date/],
    ['the clock through Date()', 'src/routing/a.ts', 'const now = Date();', /Date\(\)/],
    ['the stopwatch', 'src/routing/a.ts', 'const t = performance.now();', /performance\.now/],
    ['chance', 'src/models/a.ts', 'const x = Math.random();', /Math\.random/],
    ['a random id', 'src/models/a.ts', 'const x = crypto.randomUUID();', /randomUUID/],
    ['random bytes', 'src/models/a.ts', 'crypto.getRandomValues(bytes);', /getRandomValues/],
    ['a time-out', 'src/chat/a.ts', 'setTimeout(run, 5);', /timer/],
    ['an interval', 'src/chat/a.ts', 'globalThis.setInterval(run, 5);', /timer/],
    ['an immediate', 'src/chat/a.ts', 'setImmediate(run);', /timer/],
    ['the network', 'src/policy/a.ts', 'await fetch(url);', /fetch/],
    ['the process', 'src/policy/a.ts', 'const home = process.env;', /process/],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source that is judged, not a forgotten backtick
    ['the clock inside a template', 'src/policy/a.ts', 'const x = `at ${Date.now()}`;', /Date\.now/],
    ['the clock after a regular expression', 'src/policy/a.ts', 'const x = /["`]/.test(s) && Date.now();', /Date\.now/],
  ];

  test.each(cases)('%s', (_what, file, source, message) => {
    const violations = violationsOf(file, `const first = 1;\n${source}\n`);
    expect(violations).toHaveLength(1);
    expect(violations[0]?.message).toMatch(message);
  });

  test('the line of the import is named', () => {
    expect(violationsOf('src/policy/a.ts', "\n\nimport { b } from '../router/b.ts';")[0]?.line).toBe(3);
  });
});

describe('what is allowed', () => {
  const cases: readonly (readonly [what: string, file: string, source: string])[] = [
    ['an import down', 'src/router/a.ts', "import { b } from '../policy/b.ts';"],
    ['an import within a room', 'src/policy/a.ts', "import { b } from './b.ts';"],
    ['types of a neighbour on floor 0', 'src/chat/a.ts', "import type { B } from '../models/b.ts';"],
    ['types named one by one', 'src/chat/a.ts', "import { type A, type B } from '../models/b.ts';"],
    ['a dialect reading usage', 'src/chat/a.ts', "import { b } from '../models/b.ts';"],
    ['the types of a wire’s SDK', 'src/chat/a.ts', "import type OpenAI from 'openai';"],
    ['the extension knowing types', 'src/extension/a.ts', "import type { B } from '../router/b.ts';"],
    ['the extension showing a reason', 'src/extension/a.ts', "import { b } from '../routing/b.ts';"],
    ['a pure package', 'src/models/a.ts', "import { calcPrice } from '@pydantic/genai-prices/x';"],
    ['a date from a given time', 'src/routing/a.ts', 'const day = new Date(state.now).getUTCDay();'],
    ['a date parsed', 'src/routing/a.ts', 'const at = Date.parse(text);'],
    ['the clock in a comment', 'src/routing/a.ts', '// not Date.now()\n/* fetch(x) */'],
    ['the clock in a string', 'src/routing/a.ts', "const text = 'Date.now() and `fetch(`';"],
    ['an import in a string', 'src/policy/a.ts', 'const text = "import x from \'../router/b.ts\'";'],
    ['a test that reads files', 'src/policy/a.test.ts', "import { readFileSync } from 'node:fs';\nDate.now();"],
    [
      'a test that uses the simulated providers',
      'src/providers/a.test.ts',
      "import { s } from '../../test/simulated/main.ts';",
    ],
    ['the world on floor 2', 'src/workspace/a.ts', "import { readFile } from 'node:fs/promises';\nDate.now();"],
    ['a method that is called fetch', 'src/policy/a.ts', 'cache.fetch(key);'],
  ];

  test.each(cases)('%s', (_what, file, source) => {
    expect(violationsOf(file, source)).toEqual([]);
  });
});

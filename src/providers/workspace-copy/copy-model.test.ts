import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCopyModel } from './copy-model.ts';
import { isAtEmptyBlock, isWorthShowing } from './show.ts';

const GO_ERRORS = `package store

func Open(name string) (*Store, error) {
\tfile, err := os.Open(name)
\tif err != nil {
\t\treturn nil, fmt.Errorf("open %s: %w", name, err)
\t}
\treturn &Store{file: file}, nil
}
`;
const TS_ROUTES = `import { server } from './server.ts';

server.get('/users', async (request, reply) => {
  const users = await request.store.list('users');
  return reply.code(200).send(users);
});

server.get('/orders', async (request, reply) => {
  const orders = await request.store.list('orders');
  return reply.code(200).send(orders);
});
`;
const PY_MAIN = `import argparse

def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()

if __name__ == "__main__":
    main()
`;
const FILES = { 'store/open.go': GO_ERRORS, 'web/routes.ts': TS_ROUTES, 'tools/main.py': PY_MAIN };

function modelOf(files: Readonly<Record<string, string>>) {
  const model = createCopyModel();
  for (const [path, text] of Object.entries(files)) model.index(path, text);
  return model;
}

describe('a continuation', () => {
  const cases = [
    ['the rest of a line', 'store/read.go', '\tfile, err := os', '\n', '.Open(name)'],
    ['a line after its indentation', 'store/read.go', '\tfile, err := os.Open(name)\n\t', '\n}\n', 'if err != nil {'],
    ['a line at another depth', 'a.go', '\t\t\tfile, err := os.Open(name)\n\t\t\t', '\n', 'if err != nil {'],
    ['the word being typed', 'tools/b.py', '    parser = argparse.Argu', '\n', 'mentParser(description=__doc__)'],
    ['after a space that was typed', 'tools/b.py', 'if __name__ == ', '\n', '"__main__":'],
    ['after a space that was not', 'tools/b.py', 'if __name__ ==', '\n', ' "__main__":'],
    ['what the suffix does not say yet', 'web/c.ts', '  return reply.code(', ').send(users);\n', '200'],
    [
      'before a bracket that was closed',
      'tools/b.py',
      'parser.add_argument(',
      ')\n',
      '"--verbose", action="store_true"',
    ],
    [
      'from the lines above in the same file',
      'new.rs',
      'let total = sum(&prices);\nlet total = su',
      '\n',
      'm(&prices);',
    ],
    [
      'from the lines below in the same file',
      'new.rs',
      'let zeta = al',
      '\nlet zeta = alpha::beta(1);\n',
      'pha::beta(1);',
    ],
    [
      'with Windows line ends',
      'tools/b.py',
      'def main():\r\n    parser = ',
      '\r\n',
      'argparse.ArgumentParser(description=__doc__)',
    ],
  ] as const;
  test.each(cases)('is %s', (_, path, prefix, suffix, expected) => {
    expect(modelOf(FILES).predict({ path, prefix, suffix })?.text).toBe(expected);
  });

  const nothing = [
    ['nothing known is like it', 'x.go', 'zzz yyy ', '\n'],
    ['the line is complete', 'a.go', '\tfile, err := os.Open(name)', '\n'],
    ['the rest of the line leads elsewhere', 'a.go', '\tfile, err := os.', 'Getenv("HOME")\n'],
    ['the next line says the same', 'a.go', '\tfile, err := os.Open(name)\n\t', '\n\tif err != nil {\n'],
  ] as const;
  test.each(nothing)('is nothing when %s', (_, path, prefix, suffix) => {
    expect(modelOf(FILES).predict({ path, prefix, suffix })).toBeUndefined();
  });

  test('spans the lines of an empty block, indented like the block, and stops where it closes', () => {
    const model = modelOf(FILES);
    const query = {
      path: 'store/read.go',
      prefix: '\t\tfile, err := os.Open(name)\n\t\tif err != nil {\n\t\t\t',
      suffix: '\n\t\t}\n',
    };
    expect(isAtEmptyBlock(query.prefix, query.suffix)).toBe(true);
    expect(model.predict({ ...query, maxLines: 5 })?.text).toBe('return nil, fmt.Errorf("open %s: %w", name, err)');
    const whole = {
      path: 'web/more.ts',
      prefix: "server.get('/users', async (request, reply) => {\n  ",
      suffix: '\n});\n',
    };
    expect(model.predict({ ...whole, maxLines: 5 })?.text).toBe(
      "const users = await request.store.list('users');\n  return reply.code(200).send(users);",
    );
    expect(model.predict(whole)?.text).toBe("const users = await request.store.list('users');");
  });

  test('keeps the shape of nested blocks at another depth', () => {
    const model = modelOf({ 'a.go': 'for x in y {\n\tif x {\n\t\tgo(x)\n\t}\n\tend(x)\n}\n' });
    const query = { path: 'b.go', prefix: 'call(() => {\n\t\tfor x in y {\n\t\t\t', suffix: '\n\t\t}\n', maxLines: 6 };
    expect(model.predict(query)?.text).toBe('if x {\n\t\t\t\tgo(x)\n\t\t\t}\n\t\t\tend(x)');
  });

  test('keeps uncommon white space as it was written', () => {
    const model = modelOf({ 'a.go': 'type T struct {\n\tName           string // the\tname\n}\n' });
    expect(model.predict({ path: 'b.go', prefix: 'type T struct {\n\t', suffix: '\n' })?.text).toBe(
      'Name           string // the\tname',
    );
  });

  test('prefers the same file, then the same folder', () => {
    const line = (name: string) => `const limit = readLimit(${name});\n`;
    const model = modelOf({ 'a/one.ts': line('folder'), 'b/two.ts': line('elsewhere') });
    const prefix = 'const limit = readLimit(';
    expect(model.predict({ path: 'a/new.ts', prefix, suffix: '' })?.text).toBe('folder);');
    expect(model.predict({ path: 'b/new.ts', prefix, suffix: '' })?.text).toBe('elsewhere);');
    expect(model.predict({ path: 'a/new.ts', prefix: `${line('mine')}${prefix}`, suffix: '' })?.text).toBe('mine);');
  });

  test('goes on where the file was saved while its line was half typed', () => {
    const first = "const sign = cents < 0 ? '-' : '';\n";
    const begun = `${first}\nfunction formatAmount(cents: number) {\n  const sign = cents`;
    const model = modelOf({ 'src/money.ts': `${begun}\n}\n`, 'src/other.ts': 'const box = 1;\n' });
    const ask = (prefix: string) => model.predict({ path: 'src/money.ts', prefix, suffix: '\n}\n' })?.text;
    expect(ask(begun), 'in the same place').toBe(" < 0 ? '-' : '';");
    expect(ask(begun.replace('Amount', 'Total')), 'in another function, after what was saved is gone').toBe(
      " < 0 ? '-' : '';",
    );
    expect(ask(`${begun} `)).toBe("< 0 ? '-' : '';");
  });

  test('is less certain of one short likeness than of a long one, and none is ever certain', () => {
    const model = modelOf(FILES);
    const short = model.predict({ path: 'q.py', prefix: 'parser.', suffix: '' });
    const long = model.predict({
      path: 'q.py',
      prefix: 'import argparse\n\ndef main():\n    parser = argparse',
      suffix: '',
    });
    expect(short?.confidence).toBeLessThan(long?.confidence ?? 0);
    expect(long?.confidence).toBeLessThan(1);
  });

  test('is not returned below the least confidence asked for', () => {
    const query = { path: 'q.py', prefix: 'parser.', suffix: '' };
    expect(modelOf(FILES).predict(query)).toBeDefined();
    expect(modelOf(FILES).predict({ ...query, minConfidence: 0.99 })).toBeUndefined();
  });
});

test('the next token comes with the space before it, and the end of a line is one', () => {
  const model = modelOf(FILES);
  const next = (prefix: string) => model.nextToken({ path: 'b.py', prefix, suffix: '\n' })?.text;
  expect(next('import argparse\n\ndef main():\n    parser')).toBe(' =');
  expect(next('import argparse\n\ndef main()')).toBe(':');
  expect(next('import argparse\n\ndef main():')).toBe('\n');
});

describe('what is indexed', () => {
  test('leaves nothing behind when it is removed', () => {
    const model = modelOf(FILES);
    const query = { path: 'store/read.go', prefix: '\tfile, err := os', suffix: '\n' };
    expect(model.remove('store/open.go')).toBe(true);
    expect(model.predict(query)).toBeUndefined();
    expect(model.remove('store/open.go')).toBe(false);
    expect(model.size().files).toBe(2);
  });

  const refused = [
    ['a binary file', 'a.bin', 'PK\0\0', 'binary'],
    ['a lock file', 'web/package-lock.json', '{}', 'generated'],
    ['a file that says it is generated', 'api.go', '// Code generated by protoc. DO NOT EDIT.\n', 'generated'],
    ['a minified file', 'site.js', 'var a=1;'.repeat(1000), 'minified'],
    ['a file that is too large', 'data.ts', 'const a = 1;\n'.repeat(40_000), 'large'],
  ] as const;
  test.each(refused)('is not %s, and its older text is forgotten', (_, path, text, reason) => {
    const model = createCopyModel();
    expect(model.index(path, text)).toEqual({ kind: 'refused', reason });
    expect(model.size().files).toBe(0);
  });

  test('stays within the tokens it may keep', () => {
    const model = createCopyModel({ maxTokens: 50 });
    expect(model.index('a.ts', 'let a = 1;\n'.repeat(5))).toMatchObject({ kind: 'indexed' });
    expect(model.index('b.ts', 'let b = 2;\n'.repeat(5))).toEqual({ kind: 'refused', reason: 'full' });
    expect(model.size().tokens).toBeLessThanOrEqual(50);
    model.remove('a.ts');
    expect(model.index('b.ts', 'let b = 2;\n'.repeat(5))).toMatchObject({ kind: 'indexed' });
  });

  test('does not grow when one file is saved again and again', () => {
    const model = modelOf(FILES);
    const text = (n: number) => Array.from({ length: 400 }, (_, i) => `let name${(i * n) % 97} = ${i};\n`).join('');
    for (let n = 1; n <= 20; n++) model.index('busy.ts', text(n));
    const { bytes } = model.size();
    for (let n = 1; n <= 200; n++) model.index('busy.ts', text(n));
    expect(model.size().bytes).toBe(bytes);
    expect(model.predict({ path: 'store/read.go', prefix: '\tfile, err := os', suffix: '\n' })?.text).toBe(
      '.Open(name)',
    );
  });
});

describe('for any text', () => {
  const word = fc.constantFrom(
    'a',
    'bb',
    'ccc',
    'return',
    '(',
    ')',
    '{',
    '}',
    ' ',
    ' ',
    '  ',
    '\t',
    '\n',
    '\n    ',
    '"',
    '=>',
    '1.5',
    'é',
    '😀',
    '\r\n',
    ';',
  );
  const code = fc.array(word, { maxLength: 80 }).map((words) => words.join(''));
  const anything = fc.oneof(
    code,
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({ unit: 'grapheme', maxLength: 100 }),
  );
  const path = fc.constantFrom('a/x.ts', 'a/y.ts', 'b/z.ts');
  const files = fc.array(fc.tuple(path, code), { maxLength: 8 });
  const queries = fc.array(fc.tuple(path, code, code), { minLength: 1, maxLength: 6 });

  test('nothing throws, and confidence is between 0 and 1', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(path, anything)),
        path,
        anything,
        anything,
        fc.nat(4),
        (indexed, at, prefix, suffix, more) => {
          const model = createCopyModel();
          for (const [name, text] of indexed) model.index(name, text);
          const completion = model.predict({ path: at, prefix, suffix, maxLines: more + 1 });
          const next = model.nextToken({ path: at, prefix, suffix });
          for (const confidence of [completion?.confidence ?? 0, next?.confidence ?? 0]) {
            expect(confidence).toBeGreaterThanOrEqual(0);
            expect(confidence).toBeLessThan(1);
          }
          expect(completion?.text).not.toBe('');
        },
      ),
    );
  });

  test('no word is invented', () => {
    fc.assert(
      fc.property(files, path, code, code, (indexed, at, prefix, suffix) => {
        const model = modelOf(Object.fromEntries(indexed));
        const text = model.predict({ path: at, prefix, suffix, maxLines: 3 })?.text ?? '';
        const known = [prefix, suffix, ...Object.values(Object.fromEntries(indexed))].join('\n');
        for (const [said] of text.matchAll(/\S+/g)) {
          for (const [name] of said.matchAll(/[\p{L}\d]+/gu)) expect(known).toContain(name);
        }
      }),
    );
  });

  test('an index that was changed answers like one made afresh', () => {
    fc.assert(
      fc.property(files, files, fc.array(path), queries, (first, second, removed, asked) => {
        const changed = createCopyModel();
        const left = new Map<string, string>();
        for (const [name, text] of [...first, ...second]) {
          changed.index(name, text);
          left.set(name, text);
          // The draft of the file being edited must not leak into what is indexed.
          changed.predict({ path: name, prefix: text, suffix: text });
        }
        for (const name of removed) {
          changed.remove(name);
          left.delete(name);
        }
        const fresh = modelOf(Object.fromEntries(left));
        for (const [at, prefix, suffix] of asked) {
          const query = { path: at, prefix, suffix, maxLines: 3 };
          expect(changed.predict(query)).toEqual(fresh.predict(query));
        }
        expect(changed.size()).toMatchObject({ tokens: fresh.size().tokens, files: fresh.size().files });
      }),
    );
  });

  test('what was asked before changes no answer', () => {
    fc.assert(
      fc.property(files, queries, (indexed, asked) => {
        const texts = Object.fromEntries(indexed);
        const model = modelOf(texts);
        for (const [at, prefix, suffix] of [...asked, ...asked]) {
          const query = { path: at, prefix, suffix, maxLines: 2 };
          expect(model.predict(query)).toEqual(modelOf(texts).predict(query));
        }
      }),
    );
  });

  test('indexing the same text again changes nothing', () => {
    fc.assert(
      fc.property(files, queries, (indexed, asked) => {
        const model = modelOf(Object.fromEntries(indexed));
        const answers = () => asked.map(([at, prefix, suffix]) => model.predict({ path: at, prefix, suffix }));
        const before = answers();
        for (const [name, text] of Object.entries(Object.fromEntries(indexed))) {
          expect(model.index(name, text).kind).toBe('unchanged');
        }
        expect(answers()).toEqual(before);
      }),
    );
  });
});

test.each([
  [0.5, false, true],
  [0.49, false, false],
  [0.69, true, false],
  [0.7, true, true],
])('a confidence of %f, as a whole line: %s, is shown: %s', (confidence, wholeLine, shown) => {
  expect(isWorthShowing({ confidence, wholeLine })).toBe(shown);
});

test.each([
  ['function f() {\n  ', '\n}\n', true],
  ['def f():\n    ', '\n\ndef g():\n', true],
  ['function f() {\n  ', '\n  return 1;\n}\n', false],
  ['const a = 1;\n', '\n', false],
  ['function f() {\n  retu', '\n}\n', false],
  ['  ', '\n', false],
])('%j before %j is an empty block: %s', (prefix, suffix, expected) => {
  expect(isAtEmptyBlock(prefix, suffix)).toBe(expected);
});

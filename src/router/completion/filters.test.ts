import { describe, expect, test } from 'vitest';
import { filterCompletion } from './filters.ts';

const line = { prefix: '  const sum = ', suffix: '\n}\n', multiline: false };
const block = { prefix: 'function f() {\n  ', suffix: '\n}\n', multiline: true };

describe('filters leave what is worth showing', () => {
  test.each([
    ['plain text stays', 'a + b;', line, 'a + b;'],
    ['white space alone is nothing', '   \n ', line, ''],
    ['one line where one line is wanted', 'a + b;\nreturn sum;', line, 'a + b;'],
    ['several lines in an empty block', 'const a = 1;\n  return a;', block, 'const a = 1;\n  return a;'],
    ['a fence is taken off', '```ts\na + b;\n```', line, 'a + b;'],
    ['an echo of the line is taken off', '  const sum = a + b;', line, 'a + b;'],
    ['control and bidi characters are taken out', 'a\u202e + \u0007b;', line, 'a + b;'],
    [
      'what follows the cursor is not said twice',
      'a, b)',
      { prefix: 'call(', suffix: ')\n', multiline: false },
      'a, b',
    ],
    ['closing bracket and semicolon too', 'a, b);', { prefix: 'call(', suffix: ');\n', multiline: false }, 'a, b'],
    ['a bracket of its own stays', 'f(a)', { prefix: 'call(', suffix: ')\n', multiline: false }, 'f(a)'],
    ['the block’s own end is not said twice', 'return 1;\n}', block, 'return 1;'],
    ['a loop is cut', 'x();\nx();\nx();\nx();', { ...block, suffix: '\n' }, 'x();'],
    ['the line before is not repeated', 'foo();', { prefix: 'foo();\n', suffix: '\n', multiline: false }, ''],
    ['the line after is not repeated', 'bar();', { prefix: 'foo();\n', suffix: '\nbar();\n', multiline: false }, ''],
    ['windows line ends', 'a;\r\n  b;', block, 'a;\n  b;'],
  ] as const)('%s', (_name, text, context, expected) => expect(filterCompletion(text, context)).toBe(expected));

  test('nothing that a model may say makes a filter throw or grow the text', () => {
    for (const text of [
      '```',
      '```\n',
      '\n\n\n',
      ')'.repeat(5_000),
      '{'.repeat(5_000),
      '\u0000'.repeat(50),
      'é\u{1f600}'.repeat(99),
    ]) {
      for (const context of [line, block, { prefix: '', suffix: '', multiline: true }]) {
        expect(filterCompletion(text, context).length).toBeLessThanOrEqual(text.length);
      }
    }
  });
});

import type { Prompt } from './prompt.ts';

/** What stands to the left and to the right of the cursor. */
export interface Gap {
  readonly prefix: string;
  readonly suffix: string;
}

/**
 * Fills a gap in code by a few plain rules, the same for the same gap: the body of a small function whose name says
 * what it does, the rest of a line that began like an earlier one, else a return of the last name seen.
 */
export function fillGap({ prefix, suffix }: Gap): string {
  const line = prefix.slice(prefix.lastIndexOf('\n') + 1);
  const text = functionBody(prefix) ?? likeEarlierLine(prefix, line) ?? lastName(prefix, line);
  const next = suffix.split('\n', 1)[0]?.trim() ?? '';
  // What already stands to the right of the cursor is not written twice.
  return next !== '' && text.trim().endsWith(next) ? text.slice(0, text.lastIndexOf(next)).trimEnd() : text;
}

const operators: Readonly<Record<string, string>> = {
  add: '+',
  sum: '+',
  plus: '+',
  subtract: '-',
  minus: '-',
  multiply: '*',
  times: '*',
  divide: '/',
  concat: '+',
};

/** `function add(a, b) {` is followed by `return a + b;`, on the indentation that the cursor stands on. */
function functionBody(prefix: string): string | undefined {
  const python = /\bdef\s+(\w+)\(([^)\n]*)\)[^\n{:]*:(\s*)$/.exec(prefix);
  const head = python ?? /\b(?:function|func|fn|const)\s+(\w+)[^\n(]*\(([^)\n]*)\)[^\n{]*\{(\s*)$/.exec(prefix);
  if (head === null) return undefined;
  const [, name = '', parameters = '', space = ''] = head;
  const names = parameters
    .split(',')
    .map((parameter) => /^\s*(\w+)/.exec(parameter)?.[1] ?? '')
    .filter((parameter) => parameter !== '' && parameter !== 'self');
  const operator = operators[Object.keys(operators).find((verb) => name.toLowerCase().startsWith(verb)) ?? ''];
  const value =
    operator === undefined ? (names[0] ?? (python === null ? 'undefined' : 'None')) : names.join(` ${operator} `);
  const before = space === '' ? ' ' : space.endsWith('\n') ? '  ' : '';
  return `${before}return ${value}${python === null ? ';' : ''}`;
}

/** The rest of the nearest earlier line that begins as this one does. */
function likeEarlierLine(prefix: string, line: string): string | undefined {
  const start = line.trimStart();
  if (start.length < 4) return undefined;
  const earlier = prefix.split('\n').slice(0, -1).toReversed();
  const match = earlier.find(
    (candidate) => candidate.trimStart().startsWith(start) && candidate.trim() !== start.trim(),
  );
  return match?.trimStart().slice(start.length);
}

function lastName(prefix: string, line: string): string {
  const names = prefix.match(/[A-Za-z_]\w{2,}/g) ?? [];
  const name = names.findLast((candidate) => !line.includes(candidate) && !keywords.has(candidate)) ?? 'value';
  return line.trim() === '' ? `return ${name};` : `${/[\s(.[]$/.test(line) ? '' : ' '}${name}`;
}

const keywords = new Set([
  'return',
  'function',
  'const',
  'let',
  'var',
  'export',
  'import',
  'def',
  'class',
  'from',
  'func',
]);

/**
 * The same for a chat prompt that shows a file with a marked place and wants the text between two tags. undefined: the
 * prompt is no such prompt.
 */
export function fillMarkedHole(prompt: Prompt): string | undefined {
  const rules = prompt.turns.map((turn) => (turn.kind === 'system' ? turn.text : '')).join('\n');
  const asked = prompt.turns.findLast((turn) => turn.kind === 'user');
  const tag = /between <(insert\d*)> and <\/\1>/.exec(rules)?.[1];
  const file = /<(file\d*)>\n([\s\S]*)<cursor\d*\/>([\s\S]*)\n<\/\1>/.exec(asked?.kind === 'user' ? asked.text : '');
  if (tag === undefined || file === null) return undefined;
  return `<${tag}>${fillGap({ prefix: file[2] ?? '', suffix: file[3] ?? '' })}</${tag}>`;
}

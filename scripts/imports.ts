// Reads what a TypeScript source imports, without a compiler: a small lexer that knows comments, strings and templates.

export interface Import {
  readonly specifier: string;
  /** Gone when the file runs: `import type`, `export type … from`, `import { type A, type B }`, `typeof import(…)`. */
  readonly isTypeOnly: boolean;
  /** From 1. */
  readonly line: number;
}

const STATIC = /\b(?:import|export)\s+(type\s+(?!from\s*["'`]))?([\w$*\s{},]*?)\s*\bfrom\s*(["'`])/g;
const BARE = /\bimport\s*(["'`])/g;
const CALL = /(\btypeof\s+)?(?<!\.)\b(?:import|require)\s*\(\s*(["'`])/g;

/** Every import, re-export, dynamic import and require of a constant name, in the order of their kinds. */
export function importsOf(source: string): readonly Import[] {
  const code = blankOut(source);
  const at = (quote: number, isTypeOnly: boolean): Import => ({
    specifier: source.slice(quote + 1, source.indexOf(source[quote] ?? '', quote + 1)),
    isTypeOnly,
    line: source.slice(0, quote).split('\n').length,
  });
  const endOf = (match: RegExpExecArray): number => match.index + match[0].length - 1;
  return [
    ...[...code.matchAll(STATIC)].map((match) =>
      at(endOf(match), match[1] !== undefined || namesOnlyTypes(match[2] ?? '')),
    ),
    ...[...code.matchAll(BARE)].map((match) => at(endOf(match), false)),
    ...[...code.matchAll(CALL)].map((match) => at(endOf(match), match[1] !== undefined)),
  ];
}

/** True for `{ type A, type B }`: with `verbatimModuleSyntax` such a file is still loaded, but nothing of it is used. */
function namesOnlyTypes(clause: string): boolean {
  const names =
    /^\{([^}]*)\}$/
      .exec(clause.trim())?.[1]
      ?.split(',')
      .map((name) => name.trim())
      .filter(Boolean) ?? [];
  return names.length > 0 && names.every((name) => name.startsWith('type '));
}

/**
 * The source with comments, strings, the text of templates and regular expressions turned into spaces, quotes and line
 * breaks kept, so that what is left is code at its old place. Expressions inside templates are code.
 */
export function blankOut(source: string): string {
  const out =
    [...source].length === source.length
      ? source.split('')
      : Array.from({ length: source.length }, (_, i) => source.charAt(i));
  const blank = (from: number, to: number): void => {
    for (let i = from; i < to; i += 1) if (out[i] !== '\n') out[i] = ' ';
  };
  /** For each template literal that is open, how many braces are open in its current expression. */
  const templates: number[] = [];
  let last = '';
  let i = 0;
  while (i < source.length) {
    const two = source.slice(i, i + 2);
    const character = source.charAt(i);
    if (two === '//' || two === '/*') {
      const end = two === '//' ? indexOrEnd(source, '\n', i) : indexOrEnd(source, '*/', i + 2) + 2;
      blank(i, Math.min(end, source.length));
      i = end;
      continue;
    }
    if (character === '"' || character === "'") {
      const end = endOfQuoted(source, i, character);
      blank(i + 1, end);
      i = end + 1;
      last = character;
      continue;
    }
    const depth = templates.at(-1);
    if (character === '`' || (character === '}' && depth === 0)) {
      if (character === '}') templates.pop();
      const end = endOfTemplateText(source, i + 1);
      blank(i + 1, end);
      if (source.startsWith('${', end)) templates.push(0);
      i = end + (source.startsWith('${', end) ? 2 : 1);
      last = '`';
      continue;
    }
    if (character === '/' && startsExpression(source, i, last)) {
      const end = endOfRegularExpression(source, i);
      blank(i + 1, end);
      i = end + 1;
      last = '/';
      continue;
    }
    if (depth !== undefined && (character === '{' || character === '}')) {
      templates[templates.length - 1] = depth + (character === '{' ? 1 : -1);
    }
    if (!/\s/.test(character)) last = character;
    i += 1;
  }
  return out.join('');
}

function indexOrEnd(source: string, text: string, from: number): number {
  const index = source.indexOf(text, from);
  return index === -1 ? source.length : index;
}

function endOfQuoted(source: string, start: number, quote: string): number {
  let i = start + 1;
  while (i < source.length && source.charAt(i) !== quote && source.charAt(i) !== '\n')
    i += source.charAt(i) === '\\' ? 2 : 1;
  return Math.min(i, source.length);
}

function endOfTemplateText(source: string, start: number): number {
  let i = start;
  while (i < source.length && source.charAt(i) !== '`' && !source.startsWith('${', i))
    i += source.charAt(i) === '\\' ? 2 : 1;
  return Math.min(i, source.length);
}

/** A slash divides after a value, and opens a regular expression elsewhere. */
function startsExpression(source: string, at: number, last: string): boolean {
  if (/[)\]}"'`]/.test(last)) return false;
  const word = /([\w$]+)\s*$/.exec(source.slice(Math.max(0, at - 40), at))?.[1];
  return word === undefined || /^(?:return|typeof|case|in|of|void|delete|throw|await|yield|else|do)$/.test(word);
}

function endOfRegularExpression(source: string, start: number): number {
  let inClass = false;
  for (let i = start + 1; i < source.length; i += 1) {
    const character = source.charAt(i);
    if (character === '\\') i += 1;
    else if (character === '\n') return i;
    else if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (character === '/' && !inClass) return i;
  }
  return source.length;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { insertionBetween, type Span } from './survival.ts';
import { isTyping, type TextChange, typedAfter, withoutTyped } from './typing.ts';

/** A document, and what of it was typed. */
class Page {
  text: string;
  typed: readonly Span[] = [];

  constructor(text: string) {
    this.text = text;
  }

  change(change: TextChange, isTheirs = isTyping(change, this.typed)): void {
    this.typed = typedAfter(this.typed, change, isTheirs);
    const { start, removed, inserted } = change;
    this.text = this.text.slice(0, start) + inserted + this.text.slice(start + removed.length);
  }

  /** Character by character, after some text that stands there. */
  type(after: string, text: string): void {
    const from = this.text.indexOf(after) + after.length;
    [...text].forEach((inserted, at) => {
      this.change({ start: from + at, removed: '', inserted });
    });
  }

  put(after: string, inserted: string): void {
    this.change({ start: this.text.indexOf(after) + after.length, removed: '', inserted });
  }

  get theirs(): readonly string[] {
    return this.typed.map(({ start, end }) => this.text.slice(start, end));
  }
}

const before = 'alpha();\nbeta();\n';

describe('what a person typed', () => {
  it.each<[string, TextChange, boolean]>([
    ['a character', { start: 0, removed: '', inserted: 'x' }, true],
    ['a pair of brackets', { start: 0, removed: '', inserted: '()' }, true],
    ['a line break with its indentation', { start: 0, removed: '', inserted: '\n        ' }, true],
    ['a character in place of a selection', { start: 0, removed: 'alpha();', inserted: 'x' }, true],
    ['one that an editor tells with the whole text', { start: 0, removed: before, inserted: `${before}x` }, true],
    ['a line', { start: 0, removed: '', inserted: 'gamma();\n' }, false],
    ['a word, all at once', { start: 0, removed: '', inserted: 'gamma' }, false],
    ['blank lines by the dozen', { start: 0, removed: '', inserted: '\n\n\n\n\n' }, false],
    ['a word in place of another', { start: 0, removed: 'alpha', inserted: 'gamma' }, false],
  ])('%s', (_name, change, expected) => {
    expect(isTyping(change, [])).toBe(expected);
  });

  it('is also a word that the editor completed', () => {
    const page = new Page(before);
    page.type('beta();\n', 'for');
    page.change({ start: page.text.indexOf('for'), removed: 'for', inserted: 'forEach' });
    expect(page.theirs).toEqual(['forEach']);
  });

  it('moves with the text, and goes with what is replaced', () => {
    const page = new Page(before);
    page.type('alpha();\n', '// mine, all mine\n');
    page.put('', 'import x from "y";\n');
    page.change({ start: page.text.indexOf('all mine'), removed: 'all mine', inserted: 'what the agent says' });
    page.put('beta();\n', 'gamma();\n');
    expect(page.theirs).toEqual(['// mine, ', '\n']);
  });

  it('stays where a whole text comes anew with it', () => {
    const page = new Page(before);
    page.type('alpha();\n', '// mine\n');
    page.change({ start: 0, removed: page.text, inserted: `${page.text}gamma();\n` });
    expect(page.theirs).toEqual(['// mine\n']);
  });

  it('is where it was put, whatever is put in and taken out around it', () => {
    const step = fc.record({ at: fc.nat(60), cut: fc.nat(6), length: fc.nat(8), isTheirs: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const page = new Page('0'.repeat(20));
        for (const { at, cut, length, isTheirs } of steps) {
          const start = Math.min(at, page.text.length);
          const removed = page.text.slice(start, start + cut);
          page.change({ start, removed, inserted: (isTheirs ? 't' : 'a').repeat(length) }, isTheirs);
        }
        expect(page.theirs).toEqual(page.text.match(/t+/g) ?? []);
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

describe('what was put in', () => {
  const left = (page: Page, now = page.text): string[] => {
    const insertion = insertionBetween(before, now);
    if (insertion === undefined) throw new Error('the texts were not compared');
    return withoutTyped(insertion, { text: page.text, spans: page.typed }).spans.map(({ start, end }) =>
      now.slice(start, end),
    );
  };

  it('is what nobody typed', () => {
    const page = new Page(before);
    page.type('alpha();\n', '// mine\n');
    page.put('// mine\n', 'gamma();\n');
    expect(left(page)).toEqual(['gamma();\n']);
  });

  it('is all, where less was typed than a four-gram: an edit that comes word by word has such words', () => {
    const page = new Page(before);
    for (const word of ['let', ' x', ' =', ' total', ' /', ' 2;\n']) page.put(page.text, word);
    expect(left(page)).toEqual(['let x = total / 2;\n']);
  });

  it('is without what was typed also where the disk has moved on meanwhile', () => {
    const page = new Page(before);
    page.type('alpha();\n', '// mine\n');
    expect(left(page, `import x from "y";\n${page.text}gamma();\n`)).toEqual(['import x from "y";\n', 'gamma();\n']);
  });
});

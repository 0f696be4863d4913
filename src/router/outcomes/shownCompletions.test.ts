import { beforeEach, describe, expect, it } from 'vitest';
import { type Offer, ShownCompletions } from './shownCompletions.ts';

let time = 0;
let timers: { at: number; run: () => void }[] = [];
let told: string[] = [];
let completions: ShownCompletions;

beforeEach(() => {
  time = 0;
  timers = [];
  told = [];
  completions = new ShownCompletions({
    now: () => time,
    after: (ms, run) => {
      const timer = { at: time + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    shown: (id) => told.push(`${id} shown`),
    ended: (id, { kind }) => told.push(`${id} ${kind}`),
  });
});

function pass(ms: number): void {
  time += ms;
  const due = timers.filter(({ at }) => at <= time);
  timers = timers.filter(({ at }) => at > time);
  for (const { run } of due) run();
}

const offer = (id: string, more: Partial<Offer> = {}): Offer => ({
  id,
  uri: 'file:///a.ts',
  prefix: 'const a',
  suffix: '\n',
  text: ' = 1;',
  ...more,
});

describe('ghost texts', () => {
  it('of long documents are remembered as long as not too many', () => {
    for (let n = 0; n < 20; n += 1) completions.offered(offer(`${n}`, { prefix: 'x'.repeat(1_000_000) }));
    const known = Array.from({ length: 20 }, (_, n) => `${n}`).filter((id) => completions.accepted(id));
    expect(known).toEqual(['13', '14', '15', '16', '17', '18', '19']);
  });

  it('that still stand are known to be taken, however many others were offered meanwhile', () => {
    completions.offered(offer('a'));
    pass(1_000);
    for (let n = 0; n < 600; n += 1) completions.offered(offer(`${n}`, { uri: 'file:///other.ts' }));
    expect(completions.accepted('a')).toMatchObject({ id: 'a' });
    completions.gone('file:///a.ts');
    expect(told.filter((one) => one.startsWith('a '))).toEqual(['a shown', 'a accepted']);
  });

  it('of documents that nobody closes are waited for in the last hundred', () => {
    for (let n = 0; n < 1_000; n += 1) completions.offered(offer(`${n}`, { uri: `file:///${n}.ts` }));
    expect(timers).toHaveLength(100);
    expect(told).toEqual([]);
  });
});

describe('a ghost text', () => {
  it('that stands for 750 ms is shown, and rejected when the next key does not fit it', () => {
    completions.offered(offer('a'));
    pass(749);
    expect(told).toEqual([]);
    pass(1);
    expect(told).toEqual(['a shown']);
    completions.gone('file:///a.ts');
    expect(told).toEqual(['a shown', 'a rejected']);
  });

  it('that went sooner was not seen: nobody has rejected it', () => {
    completions.offered(offer('a'));
    pass(700);
    completions.gone('file:///a.ts');
    pass(10_000);
    expect(told).toEqual([]);
  });

  it('stands on while it is typed through', () => {
    completions.offered(offer('a'));
    pass(400);
    completions.offered(offer('a', { prefix: 'const a =', text: ' 1;' }));
    pass(400);
    expect(told).toEqual(['a shown']);
  });

  it('goes with the key that does not fit it, not with the answer to that', () => {
    const question = (prefix: string, suffix = '\n') => completions.asked({ uri: 'file:///a.ts', prefix, suffix });
    completions.offered(offer('a'));
    question('const a =');
    question('const a');
    pass(400);
    question('const ax');
    pass(10_000);
    expect(told).toEqual([]);
    completions.offered(offer('b'));
    pass(800);
    question('const a = 1;\n');
    expect(told).toEqual(['b shown']);
    question('const ');
    expect(told).toEqual(['b shown', 'b rejected']);
    completions.offered(offer('c'));
    pass(800);
    question('const a', ');\n');
    expect(told.slice(2)).toEqual(['c shown', 'c rejected']);
  });

  it('makes room for another one', () => {
    completions.offered(offer('a'));
    pass(800);
    completions.offered(offer('b'));
    expect(told).toEqual(['a shown', 'a rejected']);
  });

  it('in another document stands by itself', () => {
    completions.offered(offer('a'));
    completions.offered(offer('b', { uri: 'file:///b.ts' }));
    pass(800);
    expect(told).toEqual(['a shown', 'b shown']);
  });

  it('that is taken was seen, however quickly, and is handed back as it stood', () => {
    completions.offered(offer('a'));
    completions.offered(offer('a', { prefix: 'const a =', text: ' 1;' }));
    expect(completions.accepted('a')).toMatchObject({ prefix: 'const a =', text: ' 1;' });
    expect(told).toEqual(['a shown', 'a accepted']);
    completions.gone('file:///a.ts');
    pass(1_000);
    expect(told).toEqual(['a shown', 'a accepted']);
  });

  it('can be taken once, and only where it was offered', () => {
    completions.offered(offer('a'));
    completions.accepted('a');
    expect(completions.accepted('a')).toBeUndefined();
    expect(completions.accepted('never')).toBeUndefined();
    expect(told).toEqual(['a shown', 'a accepted']);
  });

  it('that is taken after it was shown is shown once', () => {
    completions.offered(offer('a'));
    pass(800);
    completions.accepted('a');
    expect(told).toEqual(['a shown', 'a accepted']);
  });

  it('whose rest is offered again after it was taken is not rejected by what is typed then', () => {
    completions.offered(offer('a'));
    completions.accepted('a');
    completions.offered(offer('a', { prefix: 'const a =', text: ' 1;' }));
    pass(2_000);
    completions.gone('file:///a.ts');
    expect(told).toEqual(['a shown', 'a accepted']);
  });

  it('that is undone can be taken once more', () => {
    completions.offered(offer('a'));
    completions.accepted('a');
    completions.offered(offer('a'));
    expect(completions.accepted('a')).toMatchObject({ id: 'a' });
    expect(told).toEqual(['a shown', 'a accepted', 'a accepted']);
  });
});

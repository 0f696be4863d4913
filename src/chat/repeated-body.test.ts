import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layoutOf, RepeatedBodies } from './repeated-body.ts';
import { repeatsKey } from './repeated-keys.ts';
import { rewriteBody } from './rewrite-body.ts';

const filler = 'What stands here is long enough to be remembered. '.repeat(200);

function message(n: number): object {
  return { role: n % 2 === 0 ? 'user' : 'assistant', content: `${n}: ${filler.slice(0, 400)}` };
}

function turn(count: number, more: object = {}): object {
  const messages = Array.from({ length: count }, (_, n) => message(n));
  return { model: 'm', system: filler, messages, tools: [{ name: 'read', about: filler }], ...more };
}

describe('bodies that repeat the one before', () => {
  it('have the same messages in memory', () => {
    const bodies = new RepeatedBodies();
    bodies.parse(JSON.stringify(turn(20)));
    const first = bodies.parse(JSON.stringify(turn(21))).value as { messages: object[]; tools: object[] };
    const { value, fresh } = bodies.parse(JSON.stringify(turn(22)));
    const second = value as typeof first;
    expect(second).toEqual(turn(22));
    expect(second.messages.slice(0, 21).every((one, at) => one === first.messages[at])).toBe(true);
    expect(second.tools).toBe(first.tools);
    expect(fresh).toEqual([{ value: message(21), depth: 2 }]);
  });

  const mark = { cache_control: { type: 'ephemeral' } };
  const reminder = (n: number) => ({ type: 'text', text: `<system-reminder>\nStep ${n}.\n</system-reminder>` });
  const note = (n: number) => ({ type: 'text', text: `billing: ${n}` });

  /** What Anthropic's own agent sends at its step n: marks on its last two messages, a reminder in the last, a note after them. */
  function marked(n: number): object {
    const messages = Array.from({ length: 2 * n + 1 }, (_, at) => {
      const text = { type: 'text', text: `${at}: ${filler.slice(0, 900)}` };
      const role = at % 2 === 0 ? 'user' : 'assistant';
      if (at === 2 * n) return { role, content: [{ ...text, ...mark }, reminder(n)] };
      return { role, content: [{ ...text, ...(at === 2 * n - 2 && mark) }] };
    });
    return {
      model: 'm',
      messages,
      system: [note(n), { type: 'text', text: filler, ...mark }],
      tools: [{ about: filler }],
    };
  }

  /** What OpenAI's sends: items are added, and nothing else changes but a note. */
  function itemised(n: number): object {
    const input = Array.from({ length: 3 * n + 1 }, (_, at) => ({ type: 'item', at, text: filler.slice(0, 700) }));
    return { model: 'm', instructions: filler, input, tools: [{ about: filler }], client_metadata: { turn: n } };
  }

  it.each([
    // The message that has lost its mark, the one that has lost its reminder, and the two new ones; the note and its list.
    ['whose marks and reminders move', marked, 'messages', 4, 5],
    ['whose items are added', itemised, 'input', 3, 4],
  ])('cost what is new in them, of an agent %s', (_, bodyOf, list, changed, fresh) => {
    const bodies = new RepeatedBodies();
    let before: readonly unknown[] = [];
    for (let n = 8; n < 14; n += 1) {
      const parsed = bodies.parse(JSON.stringify(bodyOf(n)));
      const now = (parsed.value as Record<string, unknown[]>)[list] ?? [];
      expect(parsed.value).toEqual(bodyOf(n));
      if (n > 8) expect(now.filter((item) => !before.includes(item))).toHaveLength(changed);
      if (n > 8) expect(parsed.fresh).toHaveLength(fresh);
      before = now;
    }
  });

  it('are parsed as a whole where a client has changed what it said first', () => {
    const bodies = new RepeatedBodies();
    const bodyOf = (first: string) => ({
      messages: [{ role: 'user', content: first }, ...Array.from({ length: 20 }, (_, n) => message(n))],
      first,
    });
    bodies.parse(JSON.stringify(bodyOf('Today is Monday.')));
    expect(bodies.parse(JSON.stringify(bodyOf('Today is Tuesday.'))).fresh).toHaveLength(1);
    expect(bodies.parse(JSON.stringify(bodyOf('Today is Tuesday.'))).fresh).toHaveLength(0);
  });

  it('are read like any other where something in the middle is another', () => {
    const bodies = new RepeatedBodies();
    for (const [system, model] of [
      ['a', 'm'],
      ['another', 'm'],
      ['another', 'n'],
    ]) {
      const body = {
        ...turn(20),
        model,
        messages: [{ role: 'user', content: system }, ...Array.from({ length: 20 }, (_, n) => message(n))],
      };
      expect(bodies.parse(JSON.stringify(body)).value).toEqual(body);
    }
  });

  it('know where their members stand, so that they are rewritten without being read again', () => {
    const bodies = new RepeatedBodies();
    bodies.parse(JSON.stringify(turn(20)));
    const text = JSON.stringify(turn(21), undefined, 1);
    const { value } = bodies.parse(text);
    const later = JSON.stringify(turn(22), undefined, 1);
    const { value: last } = bodies.parse(later);
    expect(layoutOf(value, text)).toBeUndefined();
    expect(layoutOf(last, later)).toHaveLength(4);
    const edits = [{ kind: 'set', path: ['model'], value: 'other' }] as const;
    expect(rewriteBody(later, last, edits)).toEqual(rewriteBody(later, JSON.parse(later), edits));
  });

  it.each([
    ['a key that is written twice', (text: string) => text.replace('"model":"m"', '"model":"x","model":"m"')],
    [
      'a key that is written twice in a message',
      (text: string) => text.replace('"role":"user"', '"role":"x","role":"user"'),
    ],
    ['a key that is written twice, once far away', (text: string) => `${text.slice(0, -1)},"model":"z"}`],
    [
      'a name that an assignment takes for something else',
      (text: string) => text.replace('"model"', '"__proto__":{"a":1},"model"'),
    ],
  ])('are parsed as a whole with %s', (_, changed) => {
    const bodies = new RepeatedBodies();
    for (const count of [20, 21]) bodies.parse(JSON.stringify(turn(count)));
    const text = changed(JSON.stringify(turn(22)));
    const { value } = bodies.parse(text);
    expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(text)));
    expect(layoutOf(value, text)).toBeUndefined();
  });

  it('are JSON or are not, as JSON.parse says, and come to the same values, whatever changes between them', () => {
    const piece = fc.oneof(
      fc.json({ maxDepth: 2 }),
      fc.constantFrom(
        '',
        ',',
        '[',
        ']',
        '{',
        '}',
        '"',
        ':',
        ' ',
        '\n',
        '1',
        '-',
        '"a":1,',
        ',"b":[1,2]',
        '\\',
        'null',
        '[],',
        '\u0001',
      ),
    );
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      remove: fc.nat({ max: 30 }),
      insert: piece,
    });
    fc.assert(
      fc.property(
        fc.array(fc.array(change, { maxLength: 2 }), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        (steps, isSpaced) => {
          const bodies = new RepeatedBodies();
          let valid = JSON.stringify(
            { ...turn(8), list: [1, 2, [3]], n: 12, empty: [], more: { a: 1 } },
            undefined,
            isSpaced ? 1 : 0,
          );
          bodies.parse(valid);
          for (const changes of steps) {
            let text = valid;
            for (const { at, remove, insert } of changes) {
              const from = Math.floor(at * text.length);
              text = text.slice(0, from) + insert + text.slice(from + remove);
            }
            let expected: unknown;
            try {
              expected = JSON.parse(text);
            } catch {
              expect(() => bodies.parse(text)).toThrow(SyntaxError);
              continue;
            }
            const { value } = bodies.parse(text);
            expect(JSON.stringify(value)).toBe(JSON.stringify(expected));
            const layout = layoutOf(value, text);
            expect(layout === undefined || !repeatsKey(text, value)).toBe(true);
            for (const { key, valueStart, end } of layout ?? [])
              expect(JSON.stringify(JSON.parse(text.slice(valueStart, end)))).toBe(
                JSON.stringify((value as Record<string, unknown>)[String(key)]),
              );
            valid = text;
          }
        },
      ),
    );
  });

  it('forget the oldest', () => {
    const bodies = new RepeatedBodies();
    const texts = Array.from({ length: 12 }, (_, n) => JSON.stringify({ n, text: String(n).repeat(9_000) }));
    for (const text of texts) bodies.parse(text);
    expect(bodies.parse(texts[11] ?? '').fresh).toEqual([]);
    expect(bodies.parse(texts[0] ?? '').fresh).toHaveLength(1);
  });
});

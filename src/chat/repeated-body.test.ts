import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonBody } from './json-body.ts';
import { RepeatedBodies } from './repeated-body.ts';
import type { JsonEdit } from './rewrite.ts';
import { rewriteBody } from './rewrite-body.ts';
import { jsonBody } from './testing/rewritten.ts';

const filler = 'What stands hère is long enough to be remembered — 🦊. '.repeat(200);

function message(n: number): object {
  return { role: n % 2 === 0 ? 'user' : 'assistant', content: `${n}: ${filler.slice(0, 400)}` };
}

function turn(count: number, more: object = {}): object {
  const messages = Array.from({ length: count }, (_, n) => message(n));
  return { model: 'm', system: filler, messages, tools: [{ name: 'read', about: filler }], ...more };
}

/** Where members stand, without what they are. */
function placesIn({ members }: JsonBody): object {
  return JSON.parse(JSON.stringify({ members }, (key, inner: unknown) => (key === 'value' ? undefined : inner)));
}

function attempt<Value>(work: () => Value): Value | string {
  try {
    return work();
  } catch (error) {
    return String(error);
  }
}

function parse(bodies: RepeatedBodies, text: string) {
  const { body, fresh } = bodies.parse(Buffer.from(text));
  return { body, fresh, value: body.value };
}

describe('bodies that repeat the one before', () => {
  it('have the same messages in memory', () => {
    const bodies = new RepeatedBodies();
    parse(bodies, JSON.stringify(turn(20)));
    const first = parse(bodies, JSON.stringify(turn(21))).value as { messages: object[]; tools: object[] };
    const { value, fresh } = parse(bodies, JSON.stringify(turn(22)));
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
      const parsed = parse(bodies, JSON.stringify(bodyOf(n)));
      const now = (parsed.value as Record<string, unknown[]>)[list] ?? [];
      expect(parsed.value).toEqual(bodyOf(n));
      if (n > 8) expect(now.filter((item) => !before.includes(item))).toHaveLength(changed);
      if (n > 8) expect(parsed.fresh).toHaveLength(fresh);
      before = now;
    }
  });

  it('cost the number alone that goes on where another ended', () => {
    const bodies = new RepeatedBodies();
    for (const n of [12, 123]) parse(bodies, JSON.stringify(turn(20, { n })));
    expect(parse(bodies, JSON.stringify(turn(20, { n: 1234 }))).fresh).toEqual([{ value: 1234, depth: 1 }]);
  });

  it('are parsed as a whole where a client has changed what it said first', () => {
    const bodies = new RepeatedBodies();
    const bodyOf = (first: string) => ({
      messages: [{ role: 'user', content: first }, ...Array.from({ length: 20 }, (_, n) => message(n))],
      first,
    });
    parse(bodies, JSON.stringify(bodyOf('Today is Monday.')));
    expect(parse(bodies, JSON.stringify(bodyOf('Today is Tuesday.'))).fresh).toHaveLength(1);
    expect(parse(bodies, JSON.stringify(bodyOf('Today is Tuesday.'))).fresh).toHaveLength(0);
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
      expect(parse(bodies, JSON.stringify(body)).value).toEqual(body);
    }
  });

  it('know where their members stand, so that they are rewritten without being read again', () => {
    const bodies = new RepeatedBodies();
    parse(bodies, JSON.stringify(turn(20)));
    const text = JSON.stringify(turn(21), undefined, 1);
    parse(bodies, text);
    const later = JSON.stringify(turn(22), undefined, 1);
    const { body } = parse(bodies, later);
    expect(body.members).toEqual(jsonBody(later).members);
    const edits = [{ kind: 'set', path: ['model'], value: 'other' }] as const;
    expect(rewriteBody(body, edits)).toEqual(rewriteBody(jsonBody(later), edits));
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
    for (const count of [20, 21]) parse(bodies, JSON.stringify(turn(count)));
    const text = changed(JSON.stringify(turn(22)));
    const { body } = parse(bodies, text);
    expect(JSON.stringify(body.value)).toBe(JSON.stringify(JSON.parse(text)));
    expect(body.members).toEqual(jsonBody(text).members);
  });

  describe('whatever changes between them', () => {
    const piece = fc.oneof(
      fc.json({ maxDepth: 2, stringUnit: 'binary' }),
      fc.constantFrom(
        ...',|[|]|{|}|"|:| |\n|1|-|.5|e1|"a":1,|,"b":[1,2]|\\|\\"|\\u00e9|\\ud83e|null|[],|\u0001|é|🦊|\ufeff'.split(
          '|',
        ),
      ),
    );
    const place = fc.double({ min: 0, max: 1, noNaN: true });
    const change = fc.oneof(
      fc.record({ at: place, remove: fc.nat({ max: 30 }), insert: piece }),
      // Inside a letter of several bytes, of which those before and behind stay.
      fc.record({ at: place, byte: fc.integer({ min: 0x80, max: 0xbf }) }),
    );
    type Change = typeof change extends fc.Arbitrary<infer One> ? One : never;

    /** The bytes with a change; UTF-8 as before. */
    function changed(bytes: Buffer, one: Change): Buffer {
      const goesOn = (at: number): boolean => ((bytes[at] ?? 0) & 0xc0) === 0x80;
      let from = Math.floor(one.at * bytes.length);
      if ('byte' in one) {
        while (from < bytes.length && !goesOn(from)) from += 1;
        const next = Buffer.from(bytes);
        if (from < bytes.length) next[from] = one.byte;
        return isUtf8(next) ? next : bytes;
      }
      while (goesOn(from)) from -= 1;
      let to = Math.min(bytes.length, from + one.remove);
      while (goesOn(to)) to += 1;
      return Buffer.concat([bytes.subarray(0, from), Buffer.from(one.insert), bytes.subarray(to)]);
    }

    const path = fc.array(fc.constantFrom('model', 'messages', 'list', 'more', 'é', 'a', 0, 1, 7, 'content'), {
      minLength: 1,
      maxLength: 3,
    });
    const edit: fc.Arbitrary<JsonEdit> = fc.oneof(
      fc.record({ kind: fc.constant('set' as const), path, value: fc.jsonValue({ stringUnit: 'binary' }) }),
      fc.record({ kind: fc.constant('remove' as const), path }),
    );
    const first = {
      ...turn(8),
      list: [1, 2, [3], 'ä', -0.5e-7],
      n: 12,
      empty: [],
      more: { a: 1, é: '🦊'.repeat(30) },
      letters: 'Grüße — 你好 🦊 '.repeat(100),
    };

    it('are JSON or are not, as JSON.parse says, come to the same values, and are rewritten to the same bytes', () => {
      fc.assert(
        fc.property(
          fc.array(fc.array(change, { maxLength: 3 }), { minLength: 1, maxLength: 6 }),
          fc.constantFrom('', ' ', '\n\t'),
          fc.array(edit, { maxLength: 3 }),
          (steps, space, edits) => {
            const bodies = new RepeatedBodies();
            let valid: Buffer = Buffer.from(JSON.stringify(first, undefined, space));
            bodies.parse(valid);
            for (const changes of steps) {
              const bytes = changes.reduce<Buffer>(changed, valid);
              let expected: unknown;
              try {
                expected = JSON.parse(bytes.toString());
              } catch {
                expect(() => bodies.parse(bytes)).toThrow(SyntaxError);
                continue;
              }
              const { body } = bodies.parse(bytes);
              const alone = new JsonBody(bytes, expected);
              expect(JSON.stringify(body.value)).toBe(JSON.stringify(expected));
              // What is in a list that is new to a body is found out when it is needed.
              expect(placesIn(alone)).toMatchObject(placesIn(body));
              const rewritten = attempt(() => rewriteBody(body, edits));
              expect(rewritten).toEqual(attempt(() => rewriteBody(alone, edits)));
              valid = bytes;
            }
          },
        ),
      );
    });
  });

  it('forget the oldest', () => {
    const bodies = new RepeatedBodies();
    const texts = Array.from({ length: 12 }, (_, n) => JSON.stringify({ n, text: String(n).repeat(9_000) }));
    for (const text of texts) parse(bodies, text);
    expect(parse(bodies, texts[11] ?? '').fresh).toEqual([]);
    expect(parse(bodies, texts[0] ?? '').fresh).toHaveLength(1);
  });
});

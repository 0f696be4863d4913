import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { growth, TENFOLD } from '../../test/host/cpuTime.ts';
import { type JsonEdit, type JsonPath, rewriteJson } from './rewrite.ts';

const changed = (text: string, edits: readonly JsonEdit[]) => rewriteJson(Buffer.from(text), edits).toString();

const set = (path: JsonPath, value: unknown): JsonEdit => ({ kind: 'set', path, value });
const remove = (...path: (string | number)[]): JsonEdit => ({ kind: 'remove', path });

describe('a JSON text rewritten in place', () => {
  test.each<[string, string, JsonEdit[], string]>([
    ['replaces a value', '{"model":"a","x":1}', [set(['model'], 'b')], '{"model":"b","x":1}'],
    [
      'keeps white space and spellings',
      '{ "n" : 1.0e2 ,\n"model":"a" }\n',
      [set(['model'], 'b')],
      '{ "n" : 1.0e2 ,\n"model":"b" }\n',
    ],
    ['keeps escapes', '{"s":"\\u00e9\\"}","model":"a"}', [set(['model'], 'b')], '{"s":"\\u00e9\\"}","model":"b"}'],
    ['adds a key at the end', '{"a":1 }', [set(['max'], 5)], '{"a":1,"max":5 }'],
    ['adds a key to an empty object', '{ }', [set(['max'], 5)], '{"max":5 }'],
    ['finds a key spelled with escapes', '{"mod\\u0065l":"a"}', [set(['model'], 'b')], '{"mod\\u0065l":"b"}'],
    [
      'is not misled by a key inside',
      '{"o":{"model":"x"},"model":"a"}',
      [set(['model'], 'b')],
      '{"o":{"model":"x"},"model":"b"}',
    ],
    [
      'is not misled by a string',
      '{"s":"\\\\","t":"\\"model\\":","model":"a"}',
      [set(['model'], 'b')],
      '{"s":"\\\\","t":"\\"model\\":","model":"b"}',
    ],
    [
      'sets a nested value',
      '{"o":{"f":1, "effort":"low"}}',
      [set(['o', 'effort'], 'high')],
      '{"o":{"f":1, "effort":"high"}}',
    ],
    ['adds a nested value', '{"o":{"f":1}}', [set(['o', 'effort'], 'high')], '{"o":{"f":1,"effort":"high"}}'],
    ['adds the object it stands in', '{"a":1}', [set(['o', 'effort'], 'high')], '{"a":1,"o":{"effort":"high"}}'],
    ['puts an object in the place of null', '{"o":null}', [set(['o', 'effort'], 'high')], '{"o":{"effort":"high"}}'],
    ['removes the first', '{"a":1, "b":2}', [remove('a')], '{"b":2}'],
    ['removes the last', '{"a":1, "b":2 }', [remove('b')], '{"a":1 }'],
    ['removes the only', '{ "a":1 }', [remove('a')], '{  }'],
    ['removes and adds', '{ "a":1 }', [remove('a'), set(['b'], 2)], '{ "b":2 }'],
    ['removes what is not there', '{"a":1}', [remove('b'), remove('a', 'c')], '{"a":1}'],
    ['removes from a list', '{"l":[1, {"x":[]} ,3]}', [remove('l', 1)], '{"l":[1 ,3]}'],
    ['removes several from a list', '{"l":[1,2,3,4]}', [remove('l', 0), remove('l', 1), remove('l', 3)], '{"l":[3]}'],
    ['adds no place to a list', '{"l":[1]}', [set(['l', 4], 2)], '{"l":[1]}'],
    [
      'keeps the last of a repeated key',
      '{"model":"x","a":1,"model":"y"}',
      [set(['model'], 'b')],
      '{"a":1,"model":"b"}',
    ],
    [
      'keeps the last of any repeated key',
      '{"messages":[1],"messages":[2],"model":"a"}',
      [set(['model'], 'b')],
      '{"messages":[2],"model":"b"}',
    ],
    ['does so in an object it looks into', '{"o":{"f":1,"f":2}}', [set(['o', 'e'], 3)], '{"o":{"f":2,"e":3}}'],
    [
      'takes __proto__ for a key like any',
      '{"__proto__":{"model":1},"model":"a"}',
      [set(['model'], 'b')],
      '{"__proto__":{"model":1},"model":"b"}',
    ],
  ])('%s', (_, text, edits, expected) => {
    expect(changed(text, edits)).toBe(expected);
  });

  test('that is no object is refused', () => {
    for (const text of ['', '[]', '"x"', 'null', '{', '{"a"', '{"a":', '{"a":"']) {
      expect(() => changed(text, [set(['model'], 'b')])).toThrow(expect.objectContaining({ name: 'RequestFault' }));
    }
  });

  const space = fc.constantFrom('', '', ' ', '\n\t', '\r\n  ');
  const scalar = fc.oneof(
    fc.constantFrom('1', '-0', '1.50', '1E+2', 'true', 'null', '""', '"\\\\"', '"\\"}]"', '"a\\u0041"'),
    fc.string({ unit: 'binary' }).map((said) => JSON.stringify(said)),
    // Long strings are searched for their end.
    fc.string({ unit: fc.constantFrom('"', '\\', 'x', 'ä', '🦊'), minLength: 50 }).map((said) => JSON.stringify(said)),
  );
  const keyName = fc.constantFrom('a', 'b', 'ö', '🦊', 'model', '__proto__');
  const key = keyName.chain((name) => fc.constantFrom(JSON.stringify(name), `"${name.replace('o', '\\u006f')}"`));
  const { value } = fc.letrec<{ value: string; object: string; list: string }>((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, scalar, tie('object'), tie('list')),
    object: fc
      .tuple(fc.array(fc.tuple(space, key, space, space, tie('value'), space), { maxLength: 5 }), space)
      .map(([members, empty]) =>
        members.length === 0
          ? `{${empty}}`
          : `{${members.map(([a, name, b, c, inner, d]) => `${a}${name}${b}:${c}${inner}${d}`).join(',')}}`,
      ),
    list: fc
      .tuple(fc.array(fc.tuple(space, tie('value'), space), { maxLength: 4 }), space)
      .map(([members, empty]) =>
        members.length === 0 ? `[${empty}]` : `[${members.map((pieces) => pieces.join('')).join(',')}]`,
      ),
  }));
  const object = value.filter((text) => text.startsWith('{'));
  const path = fc.array(fc.oneof(keyName, fc.nat({ max: 3 })), { minLength: 1, maxLength: 3 });
  const edit: fc.Arbitrary<JsonEdit> = fc.oneof(
    fc.tuple(path, fc.jsonValue({ maxDepth: 1, stringUnit: 'binary' })).map(([where, what]) => set(where, what)),
    path.map((where) => remove(...where)),
  );

  test('means what the edit of the parsed value means, whatever the text', () => {
    fc.assert(
      fc.property(object, edit, (text, change) => {
        // Compared as text: an own `__proto__` is not seen by a comparison of objects.
        const expected = edited(JSON.parse(text), change.path, change);
        expect(sorted(JSON.parse(changed(text, [change])))).toBe(sorted(expected));
      }),
    );
  });

  test('is the same text but for the value that is replaced', () => {
    const unique = fc.uniqueArray(fc.tuple(space, keyName, space, value, space), {
      selector: ([, name]) => name,
      minLength: 1,
    });
    fc.assert(
      fc.property(unique, fc.nat(), (members, pick) => {
        const chosen = pick % members.length;
        const written = (replacement?: string) =>
          `{${members
            .map(([a, name, b, inner, c], index) =>
              [a, JSON.stringify(name), ':', b, index === chosen ? (replacement ?? inner) : inner, c].join(''),
            )
            .join(',')}}`;
        const name = members[chosen]![1];
        expect(changed(written(), [set([name], 'new')])).toBe(written('"new"'));
      }),
    );
  });

  test('takes time in proportion to its length', () => {
    const bytesOf = (length: number) =>
      Buffer.from(`{"s":"${'\\\\\\"'.repeat(length)}","l":${'['.repeat(length)}${']'.repeat(length)},"model":"a"}`);
    const rewrite = (bytes: Buffer) => rewriteJson(bytes, [set(['model'], 'b')]);
    expect(growth(rewrite, bytesOf, [100_000, 1_000_000])).toBeLessThan(TENFOLD);
  });
});

/** The edit made on the parsed value, the slow way. */
function edited(value: unknown, path: JsonPath, edit: JsonEdit): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return edit.kind === 'set' ? edit.value : undefined;
  if (Array.isArray(value)) {
    if (typeof step !== 'number' || step >= value.length) return value;
    const inner = edited(value[step], rest, edit);
    return inner === undefined ? value.toSpliced(step, 1) : value.with(step, inner);
  }
  const isObject = typeof value === 'object' && value !== null;
  if (typeof step === 'number') return value;
  const entries: [string, unknown][] = isObject ? Object.entries(value) : [];
  const inner = edited(entries.find(([key]) => key === step)?.[1], rest, edit);
  if (!isObject && inner === undefined) return value;
  const others = entries.filter(([key]) => key !== step);
  return Object.fromEntries(inner === undefined ? others : [...others, [step, inner]]);
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1))
      : inner,
  );
}

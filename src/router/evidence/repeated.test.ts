import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AssistantPart, Conversation, Message, UserPart } from '../../chat/conversation.ts';
import { failingChecks } from '../failingChecks.ts';
import { requestKind } from '../requestKind.ts';
import { gatherEvidence } from './evidence.ts';
import { announcedIn } from './results.ts';

const said = (text: string): UserPart => ({ kind: 'text', text });
const user = (...parts: readonly UserPart[]): Message => ({ role: 'user', parts });
const model = (...parts: readonly AssistantPart[]): Message => ({ role: 'assistant', parts });
const call = (callId: string, name: string, input: unknown): AssistantPart => {
  return { kind: 'tool-call', callId, name, arguments: JSON.stringify(input) };
};
const result = (callId: string, text: string): UserPart => {
  return { kind: 'tool-result', callId, parts: [{ kind: 'text', text }] };
};

/** Messages that say something of each other: where a terminal is, what a call was given, who spoke last. */
const pool: readonly Message[] = [
  user(said('Please fix src/a.ts, and do not touch .env')),
  user(said("<editorContext>The user's current file is /r/b.ts. </editorContext>What is wrong in lib/c.ts?")),
  user(said('The user opened the file /r/open.ts in the IDE')),
  user(said('<attachment filePath="src/d.ts">x</attachment>'), said('Look at it.')),
  user(said('<system-reminder>\nKeep a list.\n</system-reminder>')),
  model(call('1', 'Bash', { command: 'cd services && npm test' }), { kind: 'text', text: 'I run the tests.' }),
  model(call('2', 'Bash', { command: 'cat config.json secrets/key.pem' })),
  model(call('1', 'Bash', { command: 'cd .. && grep -r KEY web' }), call('3', 'read_file', { path: 'x/y.ts' })),
  model(call('3', 'Edit', { file_path: '/r/src/a.ts', old_string: 'a', new_string: 'b' })),
  model(call('2', 'mcp_files_write', { uri: 'docs/e.md' })),
  user(result('1', 'Exit code 1\n1 failed\nsrc/f.ts:12: error: no')),
  user(result('1', '')),
  user(result('2', 'secrets/key.pem:1:-----BEGIN PRIVATE KEY-----'), said('<system-reminder>x</system-reminder>')),
  user(result('3', '==> web/g.ts <==\nlet a;'), result('1', 'No matches found')),
  user({ kind: 'document', mediaType: 'text/plain', base64: '', name: 'notes.txt' }),
  model(...Array.from({ length: 600 }, (_, n) => call(`many_${n}`, 'Edit', { file_path: `/r/many/${n}.ts` }))),
];
const tools = [
  [{ name: 'Edit', parameters: {} }],
  [
    { name: 'Bash', parameters: {} },
    { name: 'mcp_files_write', parameters: { type: 'object', properties: { uri: { type: 'string' } } } },
  ],
  [{ name: 'mcp_files_write', parameters: {} }],
];

const conversation = fc.record({
  system: fc.constantFrom([], [{ text: 'You work in /r. <file path="AGENTS.md">x</file>' }]),
  messages: fc.array(fc.constantFrom(...pool), { maxLength: 10 }),
  tools: fc.constantFrom(...tools),
});

describe('messages that were read before', () => {
  it('say what they would say if they had not been, wherever they stand now', () => {
    fc.assert(
      fc.property(conversation, (one: Conversation) => {
        const copy = structuredClone(one);
        expect(gatherEvidence(one)).toEqual(gatherEvidence(copy));
        expect(failingChecks(one)).toBe(failingChecks(copy));
        expect(requestKind(one, 'gateway')).toBe(requestKind(copy, 'gateway'));
      }),
      { numRuns: 300 },
    );
  });

  const usual = fc.oneof(
    { weight: 100, arbitrary: fc.constantFrom(...pool.slice(0, -1)) },
    { weight: 1, arbitrary: fc.constantFrom(...pool.slice(-1)) },
  );
  const grown = fc.record({
    system: fc.constantFrom([], [{ text: 'You work in /r. <file path="AGENTS.md">x</file>' }]),
    messages: fc.array(usual, { minLength: 1, maxLength: 30 }),
    tools: fc.constantFrom(...tools),
    /** How many come between one request and the next, and what the client changes of those it sends again. */
    steps: fc.array(fc.record({ more: fc.integer({ min: 0, max: 5 }), changed: fc.option(fc.nat(29)) }), {
      maxLength: 12,
    }),
  });

  it('say so in a conversation that grows, and whose messages are changed meanwhile', () => {
    fc.assert(
      fc.property(grown, ({ messages, steps, ...rest }) => {
        const now = [...messages];
        let length = 1;
        for (const { more, changed } of steps) {
          length += more;
          if (changed !== null) now[changed % now.length] = now[(changed * 7) % now.length] ?? user();
          const one = { ...rest, messages: now.slice(0, length) };
          const { texts, ...evidence } = gatherEvidence(one);
          const { texts: textsAlone, ...alone } = gatherEvidence(structuredClone(one));
          expect(evidence).toEqual(alone);
          expect(texts.flat()).toEqual(textsAlone.flat());
        }
      }),
      { numRuns: 200 },
    );
  });

  const filler = Array.from({ length: 10 }, (_, n) => user(said(`<system-reminder>${n}</system-reminder>`)));
  const asked = user(said('Please write it down.'));
  const edit = model(call('1', 'mcp_files_write', { uri: 'docs/e.md' }));
  it.each<[string, Conversation, Conversation]>([
    [
      'a call is given something after all',
      { system: [], tools: [], messages: [asked, edit, model(call('9', 'read_file', { path: '.env' })), ...filler] },
      { system: [], tools: [], messages: [user(result('9', ''))] },
    ],
    [
      'tools take something else',
      { system: [], tools: [{ name: 'mcp_files_write', parameters: {} }], messages: [asked, edit, ...filler] },
      { system: [], tools: [{ name: 'mcp_files_write', parameters: { properties: { uri: {} } } }], messages: [] },
    ],
  ])('say what they say now when %s', (_, before, added) => {
    const now = { ...added, messages: [...before.messages, ...added.messages] };
    const then = gatherEvidence(before).mentions;
    expect(gatherEvidence(now).mentions).not.toEqual(then);
    expect(gatherEvidence(now)).toEqual(gatherEvidence(structuredClone(now)));
  });
});

describe('what a result announces', () => {
  const piece = fc.constantFrom(
    ...['src/a.ts', 'b.md', '.env', 'name', ':', ':12:', '-3-', '-', ' ', '1', '12\t', ': error: x', '==> ', ' <=='],
    ...['\n', '\n', '\n7:', '│', '/', ':x', 'const a = 1;'],
  );

  it('is the same whether or not a line elsewhere has a number', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        const pathsOf = (all: string) => Array.from(announcedIn(all), ({ path }) => path).sort();
        expect(pathsOf(`${text}\n\nzz.ts:1:x`)).toEqual([...pathsOf(`${text}\n`), 'zz.ts'].sort());
        expect(pathsOf(`zz.ts\n1:x\n${text}\n`)).toEqual([...pathsOf(`\n${text}\n`), 'zz.ts'].sort());
      }),
      { numRuns: 2_000 },
    );
  });
});

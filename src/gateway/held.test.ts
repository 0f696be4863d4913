import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RepeatedBodies } from '../chat/repeated-body.ts';
import { clientDialects } from './dialects.ts';
import { readUnread, type Unread } from './unread.ts';

const filler = 'A text that is long enough for its body to be remembered. '.repeat(150);
const key = 'API_KEY=9f27c1d0a4b84e6f9d3e5b7a1c2d4e6f';

type Spoken = 'anthropic-messages' | 'openai-chat' | 'openai-responses';

const said = (content: unknown): object => ({ role: 'user', content });
const answered = (content: unknown): object => ({ role: 'assistant', content });

/** Messages that the conversation read from them holds all of, and others that say more than it can hold. */
const pools: Readonly<Record<Spoken, readonly object[]>> = {
  'anthropic-messages': [
    said('help'),
    said(key),
    said([{ type: 'text', text: 'go on', cache_control: { type: 'ephemeral' } }]),
    said([{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: key }] }]),
    said([
      { type: 'text', text: 'read' },
      { type: 'container_upload', file_id: 'f' },
    ]),
    said([{ type: 'document', title: 'notes.txt', source: { type: 'text', media_type: 'text/plain', data: key } }]),
    answered([{ type: 'text', text: 'I read.', citations: [{ cited_text: 'see src/a.ts' }] }]),
    answered([{ type: 'tool_use', id: 't', name: 'Read', input: { path: 'src/a.ts' } }]),
    answered([{ type: 'server_tool_use', id: 's', name: 'bash', input: { command: `cat ${key}` } }]),
    answered([{ type: 'unknown', hidden: key }]),
    answered([{ type: 'thinking', thinking: 'I think.', signature: 'x'.repeat(80) }]),
  ],
  'openai-chat': [
    said('help'),
    said(key),
    said([
      { type: 'text', text: 'go on' },
      { type: 'file', file: { file_id: 'f' } },
    ]),
    said([{ type: 'input_audio', input_audio: { data: key, format: 'wav' } }]),
    { role: 'tool', tool_call_id: 't', content: key },
    { role: 'assistant', content: 'I read.', annotations: [{ type: 'url_citation', url: 'src/a.ts' }] },
    { role: 'assistant', tool_calls: [{ id: 't', type: 'function', function: { name: 'read', arguments: key } }] },
    { role: 'assistant', content: null, hidden: key },
  ],
  'openai-responses': [
    said('help'),
    said(key),
    said([{ type: 'input_file', file_id: 'f' }]),
    { type: 'item_reference', id: 'kept' },
    { type: 'function_call', call_id: 't', name: 'read', arguments: key },
    { type: 'function_call_output', call_id: 't', output: key },
    { type: 'local_shell_call', call_id: 's', action: { type: 'exec', command: ['cat', '.env'] } },
    { type: 'local_shell_call_output', call_id: 's', output: key },
    { type: 'reasoning', id: 'r', summary: [{ type: 'summary_text', text: 'I think.' }] },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'I read.' }] },
  ],
};

const tools = [
  [{ name: 'Read', description: key, input_schema: { type: 'object', title: 'src/b.ts' } }],
  [{ name: 'Read', description: 'Reads.', input_schema: { type: 'object', title: 'src/b.ts' } }],
  [{ type: 'web_search_20250305', name: 'web', hidden: key }],
];

function bodyOf(dialect: Spoken, items: readonly object[], more: object): object {
  const first = { role: 'user', content: filler };
  const list = dialect === 'openai-responses' ? { input: [first, ...items] } : { messages: [first, ...items] };
  return { model: 'm', max_tokens: 9, ...list, ...more, metadata: { note: filler.slice(0, 900) } };
}

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.nat({ max: 3 }),
  insert: fc.array(fc.nat({ max: 20 }), { maxLength: 3 }),
  tools: fc.nat({ max: 3 }),
  system: fc.nat({ max: 4 }),
});

describe.each(Object.entries(pools))('of %s that were looked at before', (name, pool) => {
  const dialect = name as Spoken;
  const unreadIn = (value: unknown): Unread =>
    readUnread(dialect, value, clientDialects[dialect].readRequest(value).conversation);

  it('what the conversation does not hold is found as if none had been, whatever else changes', () => {
    fc.assert(
      fc.property(fc.array(edit, { minLength: 2, maxLength: 8 }), (edits) => {
        const bodies = new RepeatedBodies();
        let items: readonly object[] = [];
        for (const step of edits) {
          const added = step.insert.map((n) => pool[n % pool.length] ?? {});
          items = items.toSpliced(Math.floor(step.at * (items.length + 1)), step.remove, ...added);
          const isAnthropic = dialect === 'anthropic-messages';
          const more = {
            ...(isAnthropic && tools[step.tools] !== undefined && { tools: tools[step.tools] }),
            ...(isAnthropic && step.system === 0 && { system: [{ type: 'text', text: key }] }),
            ...(step.system === 1 && { previous_response_id: 'resp', thread: 'th' }),
          };
          const text = JSON.stringify(bodyOf(dialect, items, more));
          expect(unreadIn(bodies.parse(Buffer.from(text)).body.value)).toEqual(unreadIn(JSON.parse(text)));
        }
      }),
      { numRuns: 300 },
    );
  });
});

it('what a message had in common with one that is gone is told', () => {
  const bodies = new RepeatedBodies();
  const [dialect, hidden] = [
    'anthropic-messages',
    { role: 'assistant', content: [{ type: 'unknown', text: key }] },
  ] as const;
  const unreadIn = (...items: readonly object[]): readonly unknown[] => {
    const { value } = bodies.parse(Buffer.from(JSON.stringify(bodyOf(dialect, items, {})))).body;
    return readUnread(dialect, value, clientDialects[dialect].readRequest(value).conversation).messages;
  };
  // While a person's own words say the same, nothing else goes out with the block that nobody here knows.
  const note = unreadIn();
  expect(unreadIn(hidden, said(key))).toEqual(note);
  expect(unreadIn(hidden, said(key), said('go on'))).toEqual(note);
  expect(unreadIn(hidden, said('go on'))).toHaveLength(note.length + 1);
});

// Every field that the official SDKs let a request have is passed, translated, or reported as not carried to another dialect.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeAnthropicRequest } from '../../../src/chat/anthropic/index.ts';
import type { Conversation } from '../../../src/chat/conversation.ts';
import { type ReadRequest, RequestFault, type WrittenRequest } from '../../../src/chat/dialect.ts';
import { writeGeminiRequest } from '../../../src/chat/gemini/index.ts';
import { writeOpenAiChatRequest } from '../../../src/chat/openai-chat/index.ts';
import { writeOpenAiResponsesRequest } from '../../../src/chat/openai-responses/index.ts';
import { clientDialects } from '../../../src/gateway/dialects.ts';
import type { ChatDialect } from '../faults/upstream.ts';
import { type Declarations, readDeclarations } from './declarations.ts';
import { type Probe, probesOf, type Samples } from './probes.ts';

const packages = join(import.meta.dirname, '../../../node_modules');
const openai = [
  'openai/resources/responses/responses.d.ts',
  'openai/resources/chat/completions/completions.d.ts',
  'openai/resources/shared.d.ts',
];
const anthropic = ['@anthropic-ai/sdk/resources/beta/messages/messages.d.ts'];

/** Where any text would not do. */
const samples: Samples = {
  temperature: 0.5,
  top_p: 0.5,
  url: 'https://example.com/a.png',
  image_url: 'https://example.com/a.png',
  fileUri: 'https://example.com/a.png',
  data: 'aGVsbG8=',
  file_data: 'data:application/pdf;base64,aGVsbG8=',
  arguments: '{"a":1}',
  media_type: 'image/png',
  tool_call_id: 'call_1',
  call_id: 'call_1',
  tool_use_id: 'call_1',
  budget_tokens: 2_000,
};

const CACHING = 'it says what a cache keeps, and nothing of the answer';
const USUAL = 'it asks for what is the rule anyway';
const SHAPE = 'it says how the pieces of a stream come';
const NAMED = 'ids and states of items that only their provider has';

interface Row {
  readonly dialect: ChatDialect;
  readonly files: readonly string[];
  readonly root: string;
  /** What a body of this dialect has beside what is probed. */
  readonly least: object;
  /** What is silently left out, and why that is right. */
  readonly silent: readonly (readonly [place: RegExp, why: string])[];
}

const rows: readonly Row[] = [
  {
    dialect: 'openai-chat',
    files: openai.map((file) => join(packages, file)),
    root: 'ChatCompletionCreateParamsBase',
    least: { model: 'm', messages: [] },
    silent: [
      [/prompt_cache_(?:breakpoint|options|retention)/, CACHING],
      [/image_url\.detail=auto$/, USUAL],
      [/^modalities\[text\]$|^parallel_tool_calls$|^response_format=text$|^verbosity=medium$/, USUAL],
      [/^service_tier=(?:auto|default)$/, USUAL],
      [/^messages\[function\]\.name$/, 'results of the older calls are known by their order'],
      [/^stream_options\.include_obfuscation$/, SHAPE],
      [/^tool_choice=allowed_tools\..*\.any$/, 'a tool that is not among those that are offered'],
    ],
  },
  {
    dialect: 'openai-responses',
    files: openai.map((file) => join(packages, file)),
    root: 'ResponseCreateParamsBase',
    least: { model: 'm', input: 'hello' },
    silent: [
      [/prompt_cache_(?:breakpoint|options|retention)/, CACHING],
      [/^parallel_tool_calls$|^text\.format=text$|^text\.verbosity=medium$|^truncation=disabled$/, USUAL],
      [/^service_tier=(?:auto|default)$|^reasoning\.(?:context=auto|mode=standard)$/, USUAL],
      [/allowed_callers\[direct\]$|caller=direct$/, USUAL],
      [/\]\.(?:id|call_id|status=\w+|execution=\w+)$/, NAMED],
      [/\[user\]\.(?:type|phase=\w+)$/, 'a phase is for texts of the assistant, and a message without a type is one'],
      [/_call\]\.async$/, 'its result stands in the conversation'],
      [/^input=ResponseInput\[reasoning\]\.content/, 'its summary stands for it, where it has one'],
      [/^reasoning\.(?:generate_)?summary=/, 'thinking is told as far as the other dialect shows it'],
      [/^stream_options\.include_obfuscation$/, SHAPE],
      [/^tool_choice=allowed_tools\..*\.any$/, 'a tool that is not among those that are offered'],
    ],
  },
  {
    dialect: 'anthropic-messages',
    files: anthropic.map((file) => join(packages, file)),
    root: 'MessageCreateParamsBase',
    least: { model: 'm', messages: [{ role: 'user', content: 'hello' }] },
    silent: [
      [/cache_control/, CACHING],
      [/^service_tier=auto$|caller=direct$|allowed_callers\[direct\]$|^tools\[BetaTool\]\.type$/, USUAL],
      [/^thinking=enabled\.budget_tokens$/, 'other dialects have levels, each of which is a range of budgets'],
      [/^thinking=\w+\.block_binding/, 'no thinking of another provider is sent'],
      [/^thinking=\w+\.display=(?:summarized|updates)$/, 'thinking is told as far as the other dialect shows it'],
      [/\.eager_input_streaming$/, SHAPE],
    ],
  },
  {
    dialect: 'gemini',
    files: [join(import.meta.dirname, 'gemini.d.ts')],
    root: 'GenerateContentRequest',
    least: { contents: [] },
    silent: [
      [/displayName$/, 'the name of an image, which no other dialect has'],
      [/functionResponse\.name$/, 'a result is known by the id of its call'],
      [/responseMimeType=text\/plain$|responseModalities\[TEXT\]$/, USUAL],
      [/streamFunctionCallArguments$/, SHAPE],
      [/includeThoughts$/, 'thinking is told as far as the other dialect shows it'],
    ],
  },
];

/** What comes of a field: it changes what is read, a loss is told, it is refused in words, or nothing at all. */
type Fate = 'carried' | 'reported' | 'refused' | 'silent';

function fateOf(probe: Probe, { dialect, least }: Row): Fate {
  const [before, after] = [probe.without, probe.with].map((body) => reading(dialect, { ...least, ...Object(body) }));
  if (before === undefined && after === undefined) throw new Error(`Nothing can be told of ${probe.place}.`);
  if (after === undefined) return 'refused';
  // A list that may not be empty.
  if (before === undefined) return 'carried';
  if (after.lost !== before.lost) return 'reported';
  return after.read === before.read ? 'silent' : 'carried';
}

function reading(dialect: ChatDialect, body: unknown): { readonly read: string; readonly lost: string } | undefined {
  let answer: ReadRequest;
  try {
    answer = clientDialects[dialect].readRequest(body);
  } catch (error) {
    if (error instanceof RequestFault) return undefined;
    throw error;
  }
  const { lost, ...read } = answer;
  return { read: JSON.stringify(read), lost: JSON.stringify(lost) };
}

/** What became of every field; of what is carried or silent as a whole, its fields are asked for. */
function fates(all: Declarations, row: Row): ReadonlyMap<string, Fate> {
  const found = new Map<string, Fate>();
  const open = [...probesOf(all, row.root, samples)];
  for (let probe = open.pop(); probe !== undefined; probe = open.pop()) {
    const fate = fateOf(probe, row);
    const inner = fate === 'carried' || fate === 'silent' ? probe.inner() : [];
    if (fate !== 'silent' || inner.length === 0) found.set(probe.place, fate);
    open.push(...inner);
  }
  return found;
}

describe.each(rows)('the fields of a request in $dialect', (row) => {
  const found = fates(readDeclarations(row.files), row);
  const silent = [...found].flatMap(([place, fate]) => (fate === 'silent' ? [place] : []));

  it('are all found', () => {
    expect(found.size).toBeGreaterThan(80);
    expect([...new Set(found.values())]).toEqual(expect.arrayContaining(['carried', 'reported', 'silent']));
  });

  it('are carried or reported, but for those whose silence says nothing wrong', () => {
    expect(silent.filter((place) => !row.silent.some(([known]) => known.test(place)))).toEqual([]);
  });

  it.each(row.silent)('has fields that are left out: %s', (known) => {
    expect(silent.filter((place) => known.test(place))).not.toEqual([]);
  });
});

/** A PDF wherever each dialect lets a client put one. */
const pdf = 'JVBERi0xLjcgYSBwbGFu';
const url = 'https://example.com/plan.pdf';
const said = (part: object): object => ({
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Look.' }, part] }],
});
const inGemini = (part: object): object => ({ contents: [{ role: 'user', parts: [{ text: 'Look.' }, part] }] });
const inResponses = (part: object): object => ({
  input: [{ role: 'user', content: [{ type: 'input_text', text: 'Look.' }, part] }],
});
const inClaude = (source: object): object => said({ type: 'document', source });
const dataUrl = `data:application/pdf;base64,${pdf}`;
const attached: readonly (readonly [dialect: ChatDialect, what: string, body: object])[] = [
  ['openai-chat', 'in the body', said({ type: 'file', file: { filename: 'plan.pdf', file_data: dataUrl } })],
  ['openai-chat', 'by its id', said({ type: 'file', file: { file_id: 'file_1' } })],
  ['openai-responses', 'in the body', inResponses({ type: 'input_file', filename: 'plan.pdf', file_data: dataUrl })],
  ['openai-responses', 'by its id', inResponses({ type: 'input_file', file_id: 'file_1' })],
  ['openai-responses', 'by its address', inResponses({ type: 'input_file', file_url: url })],
  ['anthropic-messages', 'in the body', inClaude({ type: 'base64', media_type: 'application/pdf', data: pdf })],
  ['anthropic-messages', 'by its address', inClaude({ type: 'url', url })],
  ['anthropic-messages', 'by its id', inClaude({ type: 'file', file_id: 'file_1' })],
  ['gemini', 'in the body', inGemini({ inlineData: { mimeType: 'application/pdf', data: pdf } })],
  ['gemini', 'by its address', inGemini({ fileData: { mimeType: 'application/pdf', fileUri: url } })],
];
const writers: readonly (readonly [dialect: string, write: (conversation: Conversation) => WrittenRequest<unknown>])[] =
  [
    ['openai-chat', (conversation) => writeOpenAiChatRequest(conversation, { model: 'gpt-4.1', stream: true })],
    [
      'openai-responses',
      (conversation) => writeOpenAiResponsesRequest(conversation, { model: 'gpt-6-sol', stream: true }),
    ],
    [
      'anthropic-messages',
      (conversation) => writeAnthropicRequest(conversation, { model: 'claude-opus-5-5', stream: true }),
    ],
    ['gemini', (conversation) => writeGeminiRequest(conversation, { model: 'gemini-3.8-flash' })],
  ];

describe.each(attached)('a document that a client of %s attaches %s', (dialect, where, body) => {
  const { conversation, lost } = clientDialects[dialect].readRequest({ model: 'm', ...body });

  it.each(writers)('reaches a provider of %s, or is told to be left out', (_, write) => {
    const written = write(conversation);
    const isThere = JSON.stringify(written.body).includes(pdf);
    expect(isThere || lost.length + written.lost.length > 0).toBe(true);
    expect(isThere && where !== 'in the body').toBe(false);
    if (where !== 'in the body') expect(lost.map((one) => one.what).join()).toMatch(/file|document/);
  });
});

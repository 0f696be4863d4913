// The makers' libraries as programs use them: streaming, with one tool, and a key of the program's own.
import { Anthropic } from '@anthropic-ai/sdk';
import { OpenAI } from 'openai';
import type { Target } from './stage.ts';

export interface Asking {
  /** The gateway's base URL, without a slash at its end. */
  readonly url: string;
  readonly token: string;
  readonly task: string;
  readonly signal: AbortSignal;
  /** Carries out the tool. */
  write(path: string, content: string): Promise<void>;
}

/** A library, and a program of it: it resolves with what the model said at last, and rejects as the library does. */
export interface Library {
  readonly id: string;
  /** The target of its own dialect. */
  readonly home: Target;
  ask(asking: Asking): Promise<string>;
}

/** What any of them may offer. */
export const TOOL = {
  name: 'write_file',
  description: 'Writes a file.',
  schema: {
    type: 'object',
    properties: { path: { type: 'string' }, content: { type: 'string' } },
    required: ['path', 'content'],
    additionalProperties: false,
  },
} as const;

const MOST_STEPS = 5;

/** The arguments of a call, which the libraries hand on as they came. */
export function argumentsOf(value: unknown): { readonly path: string; readonly content: string } {
  const { path, content } = (typeof value === 'string' ? JSON.parse(value) : value) as Record<string, unknown>;
  if (typeof path !== 'string' || typeof content !== 'string')
    throw new Error(`No arguments: ${JSON.stringify(value)}`);
  return { path, content };
}

function openAi({ url, token }: Asking): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-own', defaultHeaders: { 'x-routing-token': token } });
}

async function chat(asking: Asking): Promise<string> {
  const client = openAi(asking);
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: asking.task }];
  const { name, description, schema: parameters } = TOOL;
  const tools = [{ type: 'function' as const, function: { name, description, parameters } }];
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const stream = client.chat.completions.stream(
      { model: 'gpt-6-sol', messages, tools, stream_options: { include_usage: true } },
      { signal: asking.signal },
    );
    const message = await stream.finalMessage();
    const calls = message.tool_calls ?? [];
    if (calls.length === 0) return message.content ?? '';
    messages.push(message);
    for (const call of calls) {
      if (call.type !== 'function') continue;
      const { path, content } = argumentsOf(call.function.arguments);
      await asking.write(path, content);
      messages.push({ role: 'tool', tool_call_id: call.id, content: 'Done.' });
    }
  }
  return '';
}

async function responses(asking: Asking): Promise<string> {
  const client = openAi(asking);
  const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: asking.task }];
  const { name, description, schema: parameters } = TOOL;
  const tools = [{ type: 'function' as const, name, description, parameters, strict: true }];
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const stream = client.responses.stream(
      { model: 'gpt-6-sol', input, tools, store: false, include: ['reasoning.encrypted_content'] },
      { signal: asking.signal },
    );
    const { output, output_text } = await stream.finalResponse();
    const calls = output.filter((item) => item.type === 'function_call');
    if (calls.length === 0) return output_text;
    input.push(...(output as OpenAI.Responses.ResponseInput));
    for (const call of calls) {
      const { path, content } = argumentsOf(call.arguments);
      await asking.write(path, content);
      input.push({ type: 'function_call_output', call_id: call.call_id, output: 'Done.' });
    }
  }
  return '';
}

async function messages(asking: Asking): Promise<string> {
  const { url, token, task } = asking;
  const client = new Anthropic({ baseURL: url, apiKey: 'sk-ant-own', defaultHeaders: { 'x-routing-token': token } });
  const said: Anthropic.MessageParam[] = [{ role: 'user', content: task }];
  const { name, description, schema } = TOOL;
  const tools = [{ name, description, input_schema: { ...schema, required: [...schema.required] } }];
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const stream = client.messages.stream(
      { model: 'claude-sonnet-5-5', max_tokens: 1_000, messages: said, tools },
      { signal: asking.signal },
    );
    const { content } = await stream.finalMessage();
    const calls = content.filter((block) => block.type === 'tool_use');
    if (calls.length === 0) return content.flatMap((block) => (block.type === 'text' ? block.text : [])).join('');
    said.push({ role: 'assistant', content });
    const results: Anthropic.ToolResultBlockParam[] = [];
    for (const call of calls) {
      const { path, content: text } = argumentsOf(call.input);
      await asking.write(path, text);
      results.push({ type: 'tool_result', tool_use_id: call.id, content: 'Done.' });
    }
    said.push({ role: 'user', content: results });
  }
  return '';
}

export const libraries: readonly Library[] = [
  { id: 'openai 7, chat', home: 'openai/gpt-6-sol', ask: chat },
  { id: 'openai 7, responses', home: 'openai/gpt-6-sol', ask: responses },
  { id: '@anthropic-ai/sdk 1', home: 'anthropic/claude-sonnet-5-5', ask: messages },
];

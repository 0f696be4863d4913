// Vercel's `ai` with its makers' providers. It is installed beside the agents, so its types are not there: what is used of
// it is written down here.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { libraryFolder } from './install.ts';
import { type Asking, argumentsOf, type Library, TOOL } from './libraries.ts';

interface Ai {
  streamText(options: object): { readonly fullStream: AsyncIterable<Part> };
  tool(options: object): unknown;
  jsonSchema(schema: object): unknown;
  isStepCount(count: number): unknown;
}

type Part = { readonly type: string; readonly text?: string; readonly error?: unknown };
type Model = (name: string) => unknown;

const KINDS = [
  { id: 'ai 7, @ai-sdk/anthropic', home: 'anthropic/claude-sonnet-5-5', model: anthropicModel },
  { id: 'ai 7, @ai-sdk/openai', home: 'openai/gpt-6-sol', model: openAiModel },
  { id: 'ai 7, @ai-sdk/openai-compatible', home: 'openai/gpt-6-sol', model: compatibleModel },
] as const;

export const vercelLibraries: readonly Library[] = KINDS.map(({ id, home, model }) => ({
  id,
  home,
  ask: async (asking) => say(asking, await model(asking)),
}));

async function say({ task, signal, write }: Asking, model: unknown): Promise<string> {
  const { streamText, tool, jsonSchema, isStepCount } = await load<Ai>('ai');
  const { name, description, schema } = TOOL;
  const execute = async (input: unknown): Promise<string> => {
    const { path, content } = argumentsOf(input);
    await write(path, content);
    return 'Done.';
  };
  const { fullStream } = streamText({
    model,
    prompt: task,
    tools: { [name]: tool({ description, inputSchema: jsonSchema(schema), execute }) },
    stopWhen: isStepCount(5),
    abortSignal: signal,
    onError: () => undefined, // it is in the stream too
  });
  let text = '';
  for await (const part of fullStream) {
    if (part.type === 'start-step') text = '';
    if (part.type === 'text-delta') text += part.text ?? '';
    if (part.type === 'error') throw part.error;
    if (part.type === 'abort') throw new Error('aborted');
  }
  return text;
}

async function anthropicModel(asking: Asking): Promise<unknown> {
  const { createAnthropic } = await load<{ createAnthropic(options: object): Model }>('@ai-sdk/anthropic');
  return createAnthropic(options(asking))('claude-sonnet-5-5');
}

async function openAiModel(asking: Asking): Promise<unknown> {
  const { createOpenAI } = await load<{ createOpenAI(options: object): Model }>('@ai-sdk/openai');
  return createOpenAI(options(asking))('gpt-6-sol');
}

async function compatibleModel(asking: Asking): Promise<unknown> {
  const name = '@ai-sdk/openai-compatible';
  const { createOpenAICompatible } = await load<{ createOpenAICompatible(options: object): Model }>(name);
  return createOpenAICompatible({ ...options(asking), name: 'gateway', includeUsage: true })('auto');
}

function options({ url, token }: Asking): object {
  return { baseURL: `${url}/v1`, apiKey: 'sk-own', headers: { 'x-routing-token': token } };
}

async function load<Exports>(name: string): Promise<Exports> {
  return (await import(pathToFileURL(join(libraryFolder(name), 'dist', 'index.js')).href)) as Exports;
}

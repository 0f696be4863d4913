import type { Usage } from '../models/model.ts';
import { usageFromLlamaCpp, usageFromOllama, usageFromOpenAiChat } from '../models/usage.ts';
import { StreamFault } from './fault.ts';
import { renderFim } from './fim-tokens.ts';
import { readOpenAiError } from './openai-fault.ts';
import { fieldsOf, isFields, listOf, textOf } from './untrusted.ts';

/** The forms of a fill-in-the-middle request that are spoken. */
export type FimDialect = 'mistral' | 'ollama' | 'llama.cpp' | 'openai' | 'deepseek' | 'vllm';

export interface FimQuestion {
  readonly model: string;
  readonly prefix: string;
  readonly suffix: string;
  /** In tokens. */
  readonly maxOutputTokens: number;
  readonly stop?: readonly string[];
}

export interface FimAnswer {
  readonly text: string;
  readonly usage?: Usage;
  readonly servedModel?: string;
}

/** A request to `POST` {@link fimUrl}, answered by one JSON body. */
export interface FimRequest {
  /** From the root of the API, with a leading slash. */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Reads the answer's parsed JSON. Throws a `StreamFault` when it reports an error or is not an answer. */
  read(answer: unknown): FimAnswer;
}

/** Where a request goes: a base URL is written with or without the `/v1` that only a part of an API is under. */
export function fimUrl(baseUrl: string, path: string): string {
  return baseUrl.replace(/\/+$/, '').replace(/\/(?:v1|beta)$/, '') + path;
}

/**
 * The request for what stands between prefix and suffix. Throws a `StreamFault` of kind `bad-request` for `vllm` with a
 * model whose fill-in-the-middle tokens are not known.
 */
export function writeFimRequest(dialect: FimDialect, question: FimQuestion): FimRequest {
  const { model, prefix, suffix, maxOutputTokens } = question;
  const stop = (question.stop ?? []).filter((sequence) => sequence !== '');
  const sampling = { max_tokens: maxOutputTokens, temperature: 0, stream: false };
  switch (dialect) {
    case 'mistral':
      return {
        path: '/v1/fim/completions',
        body: { model, prompt: prefix, suffix, ...sampling, ...stops(stop, 4) },
        read: readChoice,
      };
    case 'openai':
      return {
        path: '/v1/completions',
        body: { model, prompt: prefix, suffix, ...sampling, ...stops(stop, 4) },
        read: readChoice,
      };
    case 'deepseek':
      return {
        path: '/beta/completions',
        body: { model, prompt: prefix, suffix, ...sampling, ...stops(stop, 16) },
        read: readChoice,
      };
    case 'vllm': {
      const rendered = renderFim(model, prefix, suffix);
      if (rendered === undefined) {
        throw new StreamFault(
          'bad-request',
          `The fill-in-the-middle tokens of "${model}" are not known: use a model of the Qwen Coder, Codestral, DeepSeek, StarCoder, Granite, CodeGemma or Code Llama family, or another shape.`,
        );
      }
      return {
        path: '/v1/completions',
        body: { model, prompt: rendered.prompt, ...sampling, ...stops([...stop, ...rendered.stop], 16) },
        read: readChoice,
      };
    }
    case 'ollama':
      return {
        path: '/api/generate',
        body: {
          model,
          prompt: prefix,
          suffix,
          stream: false,
          options: { num_predict: maxOutputTokens, temperature: 0, ...stops(stop, 16) },
        },
        read: readOllama,
      };
    case 'llama.cpp':
      return {
        path: '/infill',
        body: {
          model,
          input_prefix: prefix,
          input_suffix: suffix,
          input_extra: [],
          prompt: '',
          n_predict: maxOutputTokens,
          temperature: 0,
          cache_prompt: true,
          stream: false,
          ...stops(stop, 16),
        },
        read: readLlamaCpp,
      };
    default:
      return dialect satisfies never;
  }
}

function stops(stop: readonly string[], most: number): { readonly stop?: readonly string[] } {
  return stop.length === 0 ? {} : { stop: stop.slice(0, most) };
}

/** `choices[0]`, with its text in one of three places; an empty answer is an answer. */
function readChoice(answer: unknown): FimAnswer {
  throwReported(answer);
  const body = fieldsOf(answer);
  const choice = listOf(body['choices'])[0];
  if (!isFields(choice)) throw notAnAnswer();
  const said = fieldsOf(choice['message'] ?? choice['delta'])['content'];
  const text = textOf(choice['text']) || (typeof said === 'string' ? said : textsOf(said));
  return answered(text, usageFromOpenAiChat(body['usage']), body['model']);
}

function readOllama(answer: unknown): FimAnswer {
  throwReported(answer);
  const body = fieldsOf(answer);
  if (typeof body['response'] !== 'string') throw notAnAnswer();
  return answered(body['response'], usageFromOllama(body), body['model']);
}

function readLlamaCpp(answer: unknown): FimAnswer {
  throwReported(answer);
  const body = fieldsOf(answer);
  if (typeof body['content'] !== 'string') throw notAnAnswer();
  return answered(body['content'], usageFromLlamaCpp(body), body['model']);
}

function answered(text: string, usage: Usage | undefined, model: unknown): FimAnswer {
  const servedModel = textOf(model);
  return { text, ...(usage !== undefined && { usage }), ...(servedModel !== '' && { servedModel }) };
}

function textsOf(parts: unknown): string {
  return listOf(parts)
    .map((part) => textOf(fieldsOf(part)['text']))
    .join('');
}

function throwReported(answer: unknown): void {
  const error = fieldsOf(answer)['error'];
  if (error === undefined || error === null) return;
  const { kind, message } = readOpenAiError(undefined, answer);
  throw new StreamFault(kind, message);
}

function notAnAnswer(): StreamFault {
  return new StreamFault('malformed', 'The provider answered with something that is not a completion.');
}

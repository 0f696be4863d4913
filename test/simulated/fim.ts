import { type Answer, deltas, shortened, stopOf } from './answer.ts';
import { fillGap, type Gap } from './fill.ts';
import { openaiError } from './openaiChat.ts';
import { type Json, list, number, object, type Prompt, string } from './prompt.ts';
import { type Endpoint, type Frame, type Saying, sse } from './wire.ts';

/** Mistral's fill-in-the-middle, `POST /v1/fim/completions`. */
export const mistralFim: Endpoint = {
  ...completions(['/fim/completions'], 'chat'),
};

/** OpenAI's old completions with a suffix, also DeepSeek's, and vLLM's with the model's own tokens in the prompt. */
export const openaiCompletions: Endpoint = { ...completions(['/completions'], 'text') };

/** Mistral answers in the form of a chat completion, the others with `text`. */
function completions(paths: readonly string[], form: 'chat' | 'text'): Endpoint {
  const said = (text: string): Json => (form === 'chat' ? { message: { role: 'assistant', content: text } } : { text });
  const piece = (text: string): Json => (form === 'chat' ? { delta: { content: text } } : { text });
  const base = ({ body, number: count, created }: Saying): Json => ({
    id: `cmpl-simulated-${count}`,
    object: form === 'chat' ? 'chat.completion' : 'text_completion',
    created,
    model: string(body['model']),
  });
  const reason = ({ answer }: Saying): string => (stopOf(answer) === 'length' ? 'length' : 'stop');
  const usage = ({ tokens }: Saying): Json => ({
    prompt_tokens: tokens.input,
    completion_tokens: tokens.output,
    total_tokens: tokens.input + tokens.output,
  });
  return {
    paths,
    streamType: 'text/event-stream',
    cache: 'none',
    streams: (body) => body['stream'] === true,
    read: (body) => readGap(body, gapOf(body)),
    answer: (body) => filled(gapOf(body), readGap(body, gapOf(body))),
    whole: (saying) => ({
      ...base(saying),
      choices: [{ index: 0, ...said(saying.answer.text ?? ''), logprobs: null, finish_reason: reason(saying) }],
      usage: usage(saying),
    }),
    *stream(saying): Iterable<Frame> {
      for (const text of deltas(saying.answer.text ?? '')) {
        yield {
          text: sse({ ...base(saying), choices: [{ index: 0, ...piece(text), finish_reason: null }] }),
          delta: true,
        };
      }
      const last = { ...base(saying), choices: [{ index: 0, ...piece(''), finish_reason: reason(saying) }] };
      yield { text: sse({ ...last, usage: usage(saying) }), delta: false };
      yield { text: sse('[DONE]'), delta: false };
    },
    error: openaiError,
    errorFrame: (message) => sse(openaiError(500, undefined, message)),
  };
}

/** Ollama, `POST /api/generate`: lines of JSON. */
export const ollamaGenerate: Endpoint = {
  paths: ['/api/generate'],
  streamType: 'application/x-ndjson',
  cache: 'none',
  streams: (body) => body['stream'] !== false,
  read: (body) => readGap(body, gapOf(body)),
  answer: (body) => filled(gapOf(body), readGap(body, gapOf(body))),
  whole: (saying) => ollamaEnd(saying, saying.answer.text ?? ''),
  *stream(saying): Iterable<Frame> {
    for (const response of deltas(saying.answer.text ?? '')) {
      const line = { model: string(saying.body['model']), created_at: iso(saying), response, done: false };
      yield { text: `${JSON.stringify(line)}\n`, delta: true };
    }
    yield { text: `${JSON.stringify(ollamaEnd(saying, ''))}\n`, delta: false };
  },
  error: (_status, _code, message) => ({ error: message }),
  errorFrame: (message) => `${JSON.stringify({ error: message })}\n`,
};

function ollamaEnd(saying: Saying, response: string): Json {
  return {
    model: string(saying.body['model']),
    created_at: iso(saying),
    response,
    done: true,
    done_reason: stopOf(saying.answer) === 'length' ? 'length' : 'stop',
    prompt_eval_count: saying.tokens.input,
    eval_count: saying.tokens.output,
  };
}

function iso({ created }: Saying): string {
  return new Date(created * 1000).toISOString();
}

/** llama.cpp, `POST /infill`. */
export const llamaInfill: Endpoint = {
  paths: ['/infill'],
  streamType: 'text/event-stream',
  cache: 'none',
  streams: (body) => body['stream'] === true,
  read: (body) => readGap(body, gapOf(body)),
  answer: (body) => filled(gapOf(body), readGap(body, gapOf(body))),
  whole: (saying) => llamaEnd(saying, saying.answer.text ?? ''),
  *stream(saying): Iterable<Frame> {
    for (const text of deltas(saying.answer.text ?? '')) {
      yield { text: sse({ index: 0, content: text, stop: false }), delta: true };
    }
    yield { text: sse(llamaEnd(saying, '')), delta: false };
  },
  error: (status, code, message) => ({
    error: { code: status, message, type: code ?? llamaErrors[status] ?? 'server_error' },
  }),
  errorFrame: (message) => `error: ${JSON.stringify({ code: 500, message, type: 'server_error' })}\n\n`,
};

const llamaErrors: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  501: 'not_supported_error',
  503: 'unavailable_error',
};

function llamaEnd(saying: Saying, text: string): Json {
  return {
    index: 0,
    content: text,
    stop: true,
    model: string(saying.body['model']) || 'simulated',
    stop_type: stopOf(saying.answer) === 'length' ? 'limit' : 'eos',
    tokens_evaluated: saying.tokens.input,
    tokens_predicted: saying.tokens.output,
    tokens_cached: 0,
  };
}

/** The gap, whichever way a shape spells it. */
function gapOf(body: Json): Gap {
  if (body['input_prefix'] !== undefined) {
    return { prefix: string(body['input_prefix']) + string(body['prompt']), suffix: string(body['input_suffix']) };
  }
  const prompt = string(body['prompt']);
  const qwen = /^(?:[\s\S]*)<\|fim_prefix\|>([\s\S]*)<\|fim_suffix\|>([\s\S]*)<\|fim_middle\|>$/.exec(prompt);
  if (qwen !== null) return { prefix: qwen[1] ?? '', suffix: qwen[2] ?? '' };
  const codestral = /^(?:<s>)?\[SUFFIX\]([\s\S]*)\[PREFIX\]([\s\S]*)$/.exec(prompt);
  if (codestral !== null) return { prefix: codestral[2] ?? '', suffix: codestral[1] ?? '' };
  return { prefix: prompt, suffix: string(body['suffix']) };
}

function readGap(body: Json, gap: Gap): Prompt {
  const options = object(body['options']);
  const limit = number(body['max_tokens']) ?? number(body['n_predict']) ?? number(options['num_predict']);
  const stop = body['stop'] ?? options['stop'];
  return {
    model: string(body['model']),
    turns: [],
    tools: [],
    ...(limit === undefined || limit < 0 ? {} : { maxOutputTokens: limit }),
    stop: typeof stop === 'string' ? [stop] : list(stop).map(string),
    thinking: false,
    segments: [gap.prefix, gap.suffix].map((text) => ({ text, breakpoint: false })),
  };
}

function filled(gap: Gap, prompt: Prompt): Answer {
  return shortened({ text: fillGap(gap) }, prompt);
}

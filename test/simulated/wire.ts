import type { Answer } from './answer.ts';
import type { Json, Prompt } from './prompt.ts';
import type { Tokens } from './usage.ts';

/** One piece of a streamed answer. Faults count the frames that are deltas. */
export interface Frame {
  readonly text: string;
  readonly delta: boolean;
}

/** Everything that an endpoint needs to write one answer. */
export interface Saying {
  readonly body: Json;
  readonly prompt: Prompt;
  readonly answer: Answer;
  readonly tokens: Tokens;
  /** Unique among the requests of one server. */
  readonly number: number;
  /** In seconds since the epoch. */
  readonly created: number;
}

/** One endpoint of a simulated provider: pure translation between its wire and what the stand-in understands. */
export interface Endpoint {
  /** Ends of the paths that it answers at. */
  readonly paths: readonly string[];
  readonly streamType: 'text/event-stream' | 'application/x-ndjson';
  /** OpenAI caches prompts unasked, Anthropic up to the breakpoints it is given. */
  readonly cache: 'automatic' | 'breakpoints' | 'none';
  streams(body: Json): boolean;
  /** A complaint about a body that the real provider would refuse too; undefined when it is fine. */
  refuse?(body: Json, headers: Readonly<Record<string, string | readonly string[] | undefined>>): string | undefined;
  read(body: Json): Prompt;
  /** The answer where the endpoint is no chat; else one is made up. */
  answer?(body: Json): Answer;
  whole(saying: Saying): Json;
  stream(saying: Saying): Iterable<Frame>;
  error(status: number, code: string | undefined, message: string): Json;
  /** The error event inside a stream. */
  errorFrame(message: string): string;
}

/** One server-sent event. */
export function sse(data: unknown, event?: string): string {
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
}

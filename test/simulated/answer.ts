import { editStep } from './edit.ts';
import { fillMarkedHole } from './fill.ts';
import { type Json, list, object, type Prompt, string, type Turn } from './prompt.ts';
import { countTokens } from './usage.ts';

/** What a simulated model says, whichever wire it goes out by. */
export interface Answer {
  readonly thinking?: string;
  readonly text?: string;
  readonly toolCalls?: readonly ToolCall[];
  /** Left out: `tool-calls` when there are any, else `end`. */
  readonly stop?: Stop;
}

export type Stop = 'end' | 'length' | 'tool-calls' | 'stop-sequence' | 'refusal';

export interface ToolCall {
  readonly name: string;
  /** A custom tool's text stands under `input`. */
  readonly arguments: Json;
  readonly custom?: true;
  readonly namespace?: string;
}

/**
 * Makes up an answer that is useful to watch and never passes for a model's: it names the model that was asked and
 * repeats the question, and it carries out a small edit where the prompt asks for one and tools for it are offered.
 */
export function makeAnswer(prompt: Prompt): Answer {
  const hole = fillMarkedHole(prompt);
  if (hole !== undefined) return shortened({ text: hole }, prompt);
  if (prompt.answerSchema) return { text: JSON.stringify(exampleOf(prompt.answerSchema)) };
  const thinking = prompt.thinking ? { thinking: 'Simulated thinking: look at what was asked, then say so.' } : {};
  const edit = editStep(prompt);
  if (edit === undefined) return shortened({ ...thinking, text: echo(prompt) }, prompt);
  if (edit.kind === 'done') return shortened({ ...thinking, text: `${heading(prompt)} ${edit.text}` }, prompt);
  return { ...thinking, text: `${heading(prompt)} ${edit.text}`, toolCalls: [edit.call] };
}

/** Some value of a JSON Schema. */
function exampleOf(schema: Json): unknown {
  const choices = list(schema['enum']);
  if (choices.length > 0) return choices[0];
  switch (string(schema['type']).toLowerCase()) {
    case 'object': {
      const properties = Object.entries(object(schema['properties']));
      return Object.fromEntries(properties.map(([name, value]) => [name, exampleOf(object(value))]));
    }
    case 'array':
      return [];
    case 'integer':
    case 'number':
      return schema['minimum'] ?? 1;
    case 'boolean':
      return false;
    default:
      return 'Simulated.';
  }
}

function heading(prompt: Prompt): string {
  return `Simulated answer from ${prompt.model}.`;
}

function echo(prompt: Prompt): string {
  const asked = question(prompt.turns);
  const images = prompt.turns.filter((turn) => turn.kind === 'image');
  const shown =
    images.length === 0 ? '' : ` It was shown ${images.length} image(s): ${images.map(mediaType).join(', ')}.`;
  const quoted = asked.length > 160 ? `${asked.slice(0, 160)}…` : asked;
  return `${heading(prompt)} It was asked: "${quoted}"${shown} No model has thought about this: it shows where the request went.`;
}

function mediaType(turn: Turn): string {
  return turn.kind === 'image' ? turn.mediaType : '';
}

/** The person's own words: what stands in `<userRequest>` where an editor wraps it, else the last text of theirs. */
export function question(turns: readonly Turn[]): string {
  for (const turn of turns.toReversed()) {
    if (turn.kind !== 'user') continue;
    const wrapped = /<userRequest>([\s\S]*?)<\/userRequest>/i.exec(turn.text)?.[1];
    const text = (wrapped ?? turn.text.replace(/<([\w-]+)[^>]*>[\s\S]*?<\/\1>/g, ' ')).replace(/\s+/g, ' ').trim();
    if (text !== '') return text;
  }
  return '';
}

/** Ends where the request wants it to end: at a stop sequence or at its output limit. */
export function shortened(answer: Answer, prompt: Pick<Prompt, 'stop' | 'maxOutputTokens'>): Answer {
  let text = answer.text ?? '';
  let stop: Stop | undefined = answer.stop;
  for (const sequence of prompt.stop) {
    const at = sequence === '' ? -1 : text.indexOf(sequence);
    if (at < 0) continue;
    text = text.slice(0, at);
    stop = 'stop-sequence';
  }
  if (prompt.maxOutputTokens !== undefined && countTokens(text) > prompt.maxOutputTokens) {
    text = text.slice(0, prompt.maxOutputTokens * 4);
    stop = 'length';
  }
  return { ...answer, text, ...(stop === undefined ? {} : { stop }) };
}

export function stopOf(answer: Answer): Stop {
  return answer.stop ?? ((answer.toolCalls ?? []).length > 0 ? 'tool-calls' : 'end');
}

/** Pieces of a text as a model would stream them: a word or a run of spaces at a time. */
export function deltas(text: string): readonly string[] {
  return text.match(/\s*\S+\s*/g) ?? (text === '' ? [] : [text]);
}

// What clients ask in the gateway's benchmarks, in two dialects: a small question, the same as a stream, and what an agent
// sends after thirty messages. An agent repeats what went before and brings something new: so does every request here.
import { randomUUID } from 'node:crypto';
import type { BenchDialect } from './gatewayWire.ts';

export type LoadName = 'json' | 'stream' | 'agent';

/** Files of the repository that the agent works in, by path. */
export type Files = ReadonlyMap<string, string>;

const QUESTION = 'What does the function add do, and who calls it?';
const SYSTEM_BYTES = 24_000;
const TOOLS = 18;
const TOOL_BYTES = 1_500;
/** With the last question: 31. */
const TURNS = 15;
const RESULT_BYTES = 3_400;

/** Makes the body of the next request of a load. */
export type NextBody = () => string;

export function loadOf(name: LoadName, dialect: BenchDialect, root: string, files: Files): NextBody {
  const model = dialect === 'openai-chat' ? 'gpt-6-sol' : 'claude-sonnet-5-5';
  const common = { model, ...(dialect === 'openai-chat' ? { max_completion_tokens: 500 } : { max_tokens: 500 }) };
  const usage = dialect === 'openai-chat' ? { stream_options: { include_usage: true } } : {};
  if (name !== 'agent') {
    const stream = name === 'stream';
    return () =>
      JSON.stringify({
        ...common,
        stream,
        ...(stream ? usage : {}),
        messages: [{ role: 'user', content: `${QUESTION} (${randomUUID()})` }],
      });
  }
  const made = dialect === 'openai-chat' ? chatAgent(root, files) : anthropicAgent(root, files);
  return () => JSON.stringify({ ...common, stream: true, ...usage, ...made(randomUUID()) });
}

function systemText(root: string): string {
  const rule = 'Read a file before you change it, keep changes small, and say in the end what you have done. ';
  return `${rule.repeat(Math.ceil(SYSTEM_BYTES / rule.length))}\n\nWorking directory: ${root}\n`;
}

interface ToolShape {
  readonly name: string;
  readonly description: string;
  readonly parameters: object;
}

function toolShapes(): readonly ToolShape[] {
  const names = ['Read', 'Edit', 'Write', 'Bash', 'Grep', 'Glob'];
  return Array.from({ length: TOOLS }, (_, n) => ({
    name: names[n] ?? `project_tool_${n}`,
    description: 'Does one thing to one file, and says what came of it. '.repeat(Math.ceil(TOOL_BYTES / 2 / 52)),
    parameters: {
      type: 'object',
      properties: Object.fromEntries(
        Array.from({ length: 8 }, (_unused, at) => [
          at === 0 ? 'file_path' : `option_${at}`,
          { type: 'string', description: 'What this option says, in a sentence of usual length.' },
        ]),
      ),
      required: ['file_path'],
    },
  }));
}

interface Turn {
  readonly id: string;
  readonly tool: string;
  readonly input: object;
  readonly said: string;
  readonly result: string;
}

/** Reads file after file, and edits the last. */
function turnsOf(root: string, files: Files, fresh: string): readonly Turn[] {
  const paths = [...files.keys()];
  return Array.from({ length: TURNS }, (_, n) => {
    const path = paths[n % paths.length] ?? '';
    const isLast = n === TURNS - 1;
    const place = { file_path: `${root}/${path}` };
    const text = `${files.get(path) ?? ''}\n`;
    const numbered = text
      .repeat(Math.ceil(RESULT_BYTES / text.length))
      .slice(0, RESULT_BYTES)
      .split('\n')
      .map((line, at) => `${at + 1}\t${line}`)
      .join('\n');
    return {
      id: `toolu_${n}`,
      tool: isLast ? 'Edit' : 'Read',
      input: isLast ? { ...place, old_string: 'return a + b', new_string: `return b + a // ${fresh}` } : place,
      said: `I look at ${path} now, to see what it has to do with the question.`,
      result: isLast ? `The file was updated. ${fresh}\n${numbered}` : numbered,
    };
  });
}

function anthropicAgent(root: string, files: Files): (fresh: string) => object {
  const system = [{ type: 'text', text: systemText(root), cache_control: { type: 'ephemeral' } }];
  const tools = toolShapes().map(({ name, description, parameters }) => ({
    name,
    description,
    input_schema: parameters,
  }));
  return (fresh) => ({
    system,
    tools,
    messages: [
      { role: 'user', content: QUESTION },
      ...turnsOf(root, files, fresh).flatMap(({ id, tool, input, said, result }) => [
        {
          role: 'assistant',
          content: [
            { type: 'text', text: said },
            { type: 'tool_use', id, name: tool, input },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: result }] },
      ]),
    ],
  });
}

function chatAgent(root: string, files: Files): (fresh: string) => object {
  const tools = toolShapes().map((tool) => ({ type: 'function', function: tool }));
  return (fresh) => ({
    tools,
    messages: [
      { role: 'system', content: systemText(root) },
      { role: 'user', content: QUESTION },
      ...turnsOf(root, files, fresh).flatMap(({ id, tool, input, said, result }) => [
        {
          role: 'assistant',
          content: said,
          tool_calls: [{ id, type: 'function', function: { name: tool, arguments: JSON.stringify(input) } }],
        },
        { role: 'tool', tool_call_id: id, content: result },
      ]),
    ],
  });
}

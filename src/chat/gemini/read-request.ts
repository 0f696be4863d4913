import type { Conversation, Effort, Tool, ToolChoice } from '../conversation.ts';
import { type ReadRequest, RequestFault } from '../dialect.ts';
import type { Lost } from '../events.ts';
import { deepestNesting, nestsDeeperThan } from '../nesting.ts';
import { readOnce } from '../read-once.ts';
import { reportFields, reportParts } from '../request-losses.ts';
import { type Fields, fieldsOf, isFields, listOf, textOf } from '../untrusted.ts';
import { readEffort } from './model-rules.ts';
import { partsOf, readContents } from './read-contents.ts';
import { readSchema } from './read-schema.ts';
import { either } from './wire.ts';

/** What is read of a body, or reported by words of its own. */
const bodyRead: ReadonlySet<string> = new Set([
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
  'safetySettings',
  'cachedContent',
  // In the address.
  'model',
  'stream',
]);

const bodyLost: ReadonlyMap<string, string> = new Map([
  ['serviceTier', 'the provider’s tier of service'],
  ['labels', 'notes for the provider’s records'],
  ['store', 'the wish to store the answer at the provider'],
]);

/** The same of the settings of a generation. Every other is one that a conversation has no word for. */
const settingsRead: ReadonlySet<string> = new Set([
  'maxOutputTokens',
  'temperature',
  'topP',
  'stopSequences',
  'thinkingConfig',
  'responseJsonSchema',
  '_responseJsonSchema',
  'responseSchema',
  'responseMimeType',
  'candidateCount',
  'responseModalities',
]);

/**
 * A client's request. The model and whether it streams stand in its address: here the one is empty and the other false.
 *
 * @throws {RequestFault}
 */
export function readGeminiRequest(body: unknown): ReadRequest {
  if (!isFields(body)) throw new RequestFault('The body is not a JSON object.');
  const lost: Lost[] = [];
  const messages = readContents(body['contents'], lost);
  const toolChoice = readChoice(body, lost);
  const conversation: Conversation = {
    system: readInstruction(either(body, 'systemInstruction', 'system_instruction'), lost),
    messages,
    tools: readTools(listOf(body['tools'] ?? NO_TOOLS), 'tools', lost),
    ...(toolChoice !== undefined && { toolChoice }),
    ...readConfig(fieldsOf(either(body, 'generationConfig', 'generation_config')), lost),
  };
  if (listOf(either(body, 'safetySettings', 'safety_settings')).length > 0) {
    lost.push({ where: 'safetySettings', what: 'what is to be blocked' });
  }
  if (textOf(either(body, 'cachedContent', 'cached_content')) !== '') {
    lost.push({ where: 'cachedContent', what: 'a part of the prompt that only Google has' });
  }
  reportFields(inCamels(body), { carried: bodyRead, meanings: bodyLost }, lost);
  return { conversation, model: '', stream: false, lost };
}

function readInstruction(instruction: unknown, lost: Lost[]): Conversation['system'] {
  if (typeof instruction === 'string') return [{ text: instruction }];
  return isFields(instruction) ? readSystem(instruction, 'systemInstruction', lost) : [];
}

const readSystem = readOnce((instruction: Fields, where: string, lost: Lost[]): Conversation['system'] =>
  partsOf(instruction['parts'], `${where}.parts`).flatMap((part, index) => {
    if (typeof part['text'] === 'string') return [{ text: part['text'] }];
    lost.push({ where: `${where}.parts[${index}]`, what: 'a part of the instructions that is no text' });
    return [];
  }),
);

const NO_TOOLS: readonly unknown[] = [];

const readTools = readOnce((groups: readonly unknown[], place: string, lost: Lost[]): readonly Tool[] => {
  const read: Tool[] = [];
  for (const [index, group] of groups.entries()) {
    const where = `${place}[${index}]`;
    for (const [kind, value] of Object.entries(fieldsOf(group))) {
      if (kind === 'functionDeclarations' || kind === 'function_declarations') {
        read.push(...listOf(value).map((declared, at) => readTool(declared, `${where}.${kind}[${at}]`, lost)));
      } else {
        lost.push({ where, what: `a tool of the provider's own, "${kind.slice(0, 40)}"` });
      }
    }
  }
  return read;
});

const TOOL_LOSSES = {
  behavior: 'that the model need not wait for what a tool gives back',
  response: 'the form of what a tool gives back',
  responseJsonSchema: 'the form of what a tool gives back',
} as const;

function readTool(declared: unknown, where: string, lost: Lost[]): Tool {
  if (!isFields(declared)) throw new RequestFault(`${where}: an object is wanted here.`);
  const description = textOf(declared['description']);
  reportParts(inCamels(declared), where, TOOL_LOSSES, lost);
  const schema = either(declared, 'parametersJsonSchema', 'parameters_json_schema');
  if (nestsDeeperThan(schema, deepestNesting)) {
    throw new RequestFault(`${where}.parametersJsonSchema: nested too deeply.`);
  }
  return {
    name: textOf(declared['name']),
    ...(description !== '' && { description }),
    parameters: schema ?? readSchema(declared['parameters']),
  };
}

const CONFIG_LOSSES = {
  retrievalConfig: 'where the provider’s own tools should look',
  includeServerSideToolInvocations: 'the wish to be shown what the provider’s own tools did',
} as const;

function readChoice(body: Fields, lost: Lost[]): ToolChoice | undefined {
  const config = fieldsOf(either(body, 'toolConfig', 'tool_config'));
  reportParts(inCamels(config), 'toolConfig', CONFIG_LOSSES, lost);
  const calling = fieldsOf(either(config, 'functionCallingConfig', 'function_calling_config'));
  const mode = textOf(calling['mode']).toUpperCase();
  const allowed = listOf(either(calling, 'allowedFunctionNames', 'allowed_function_names')).map(textOf);
  const only = allowed.length === 1 ? allowed[0] : undefined;
  if (mode === 'ANY' && only !== undefined) return { kind: 'tool', name: only };
  if (allowed.length > 0) lost.push({ where: 'toolConfig', what: 'which of the tools may be called' });
  switch (mode) {
    case 'ANY':
      return { kind: 'required' };
    case 'NONE':
      return { kind: 'none' };
    case 'AUTO':
    case 'VALIDATED':
      return { kind: 'auto' };
    default:
      return undefined;
  }
}

type Settings = Omit<Conversation, 'system' | 'messages' | 'tools' | 'toolChoice'>;

function readConfig(config: Fields, lost: Lost[]): Settings {
  const setting = (name: string): unknown => either(config, name, snake(name));
  const number = (name: string): number | undefined => {
    const value = setting(name);
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  };
  const maxOutputTokens = number('maxOutputTokens');
  const temperature = number('temperature');
  const topP = number('topP');
  const stop = listOf(setting('stopSequences')).filter((sequence) => typeof sequence === 'string');
  const effort = readThinking(fieldsOf(setting('thinkingConfig')));
  const output = readOutput(setting, lost);
  for (const [name, value] of Object.entries(inCamels(config))) {
    if (settingsRead.has(name) || value === undefined) continue;
    const shown = /^\w{1,64}$/.test(name) ? name : 'of another name';
    lost.push({ where: `generationConfig.${shown}`, what: `the setting "${shown}"` });
  }
  if ((number('candidateCount') ?? 1) > 1) {
    lost.push({ where: 'generationConfig.candidateCount', what: 'more answers than one' });
  }
  if (listOf(setting('responseModalities')).some((kind) => textOf(kind).toUpperCase() !== 'TEXT')) {
    lost.push({ where: 'generationConfig.responseModalities', what: 'an answer in anything but text' });
  }
  return {
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(stop.length > 0 && { stop }),
    ...(effort !== undefined && { effort }),
    ...(output !== undefined && { output }),
  };
}

/** Both forms of a name are taken; here all are of the one that the API writes. */
function inCamels(fields: Fields): Fields {
  const camel = (name: string): string => name.replace(/(?<=\w)_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [camel(name), value]));
}

/** `maxOutputTokens` as `max_output_tokens`. */
function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function readThinking(thinking: Fields): Effort | undefined {
  return readEffort(
    either(thinking, 'thinkingLevel', 'thinking_level'),
    either(thinking, 'thinkingBudget', 'thinking_budget'),
  );
}

/** Clients put Google's own schema, with types in capitals, where JSON Schema is meant; Google takes both. */
function asJsonSchema(schema: Fields): unknown {
  return /^[A-Z]+$/.test(textOf(schema['type'])) ? readSchema(schema) : schema;
}

function readOutput(setting: (name: string) => unknown, lost: Lost[]): Conversation['output'] {
  const schema = setting('responseJsonSchema') ?? setting('_responseJsonSchema');
  const own = setting('responseSchema');
  if (nestsDeeperThan(schema, deepestNesting)) {
    throw new RequestFault('generationConfig.responseJsonSchema: nested too deeply.');
  }
  if (isFields(schema)) return { kind: 'json-schema', name: 'response', schema: asJsonSchema(schema) };
  if (isFields(own)) return { kind: 'json-schema', name: 'response', schema: readSchema(own) };
  const type = textOf(setting('responseMimeType'));
  if (type !== '' && type !== 'text/plain') {
    lost.push({ where: 'generationConfig.responseMimeType', what: `an answer of type ${type.slice(0, 40)}` });
  }
  return undefined;
}

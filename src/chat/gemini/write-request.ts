import { hasBreakpoints } from '../breakpoints.ts';
import type { Conversation, ThinkingPart, ToolChoice } from '../conversation.ts';
import type { WrittenRequest } from '../dialect.ts';
import type { Lost } from '../events.ts';
import { asFunctionTools } from '../function-tools.ts';
import { type OfferedTool, offeredTools, possibleChoice } from '../tools.ts';
import { blank, turnsOf } from '../turns.ts';
import { isFields } from '../untrusted.ts';
import { reportWishes } from '../wishes.ts';
import { type ModelRules, modelRules, writeEffort } from './model-rules.ts';
import type { FunctionCallingConfig, GeminiRequest, GenerationConfig, ThinkingConfig } from './wire.ts';
import { saysAnything, writeContents } from './write-contents.ts';

const mostStops = 5;

/** The conversation as the body of a request to `models/{model}:generateContent` or `:streamGenerateContent`. */
export function writeGeminiRequest(
  given: Conversation,
  { model }: { readonly model: string },
): WrittenRequest<GeminiRequest> {
  const lost: Lost[] = [];
  const conversation = asFunctionTools(given);
  const rules = modelRules(model);
  const offered = callable(offeredTools(conversation.tools, lost), lost);
  const toolChoice = possibleChoice(conversation, offered, lost);
  const turns = turnsOf(conversation.messages, {
    keepsThinking: (part) => canReturn(part, model),
    longestCallId: 64,
    lost,
  });
  const contents = writeContents(turns, { rules, lost });
  const system = conversation.system.filter(({ text }) => !blank(text)).map(({ text }) => ({ text }));
  const generationConfig = writeConfig(conversation, rules, lost);
  reportWishes(
    conversation,
    { singleCalls: false, strictTools: false, verbosity: false, details: false, notes: false },
    lost,
  );
  if (hasBreakpoints(conversation)) {
    lost.push({ where: 'cacheBreakpoint', what: 'where the prompt cache may end; this provider decides that itself' });
  }
  return {
    body: {
      contents,
      ...(system.length > 0 && { systemInstruction: { parts: system } }),
      ...(offered.length > 0 && {
        tools: [
          {
            functionDeclarations: offered.map(({ tool, schema }) => ({
              name: tool.name,
              ...(tool.description !== undefined && tool.description !== '' && { description: tool.description }),
              parametersJsonSchema: schema,
            })),
          },
        ],
      }),
      ...(toolChoice !== undefined && { toolConfig: { functionCallingConfig: writeChoice(toolChoice) } }),
      ...(Object.keys(generationConfig).length > 0 && { generationConfig }),
    },
    lost,
  };
}

/** Names of functions begin with a letter or an underscore here. */
function callable(offered: readonly OfferedTool[], lost: Lost[]): readonly OfferedTool[] {
  return offered.filter(({ tool, where }) => {
    if (/^[A-Za-z_]/.test(tool.name)) return true;
    lost.push({ where, what: 'a tool whose name begins with neither a letter nor an underscore' });
    return false;
  });
}

/** Thinking goes back only to the maker and, where it is known who wrote it, the model; and only as it was given. */
function canReturn(part: ThinkingPart, model: string): boolean {
  const { maker, model: writer, sealed } = part;
  return (
    maker === 'google' &&
    (writer === undefined || writer === model) &&
    (sealed === undefined || sealed === '') &&
    saysAnything(part)
  );
}

function writeChoice(choice: ToolChoice): FunctionCallingConfig {
  switch (choice.kind) {
    case 'auto':
      return { mode: 'AUTO' };
    case 'none':
      return { mode: 'NONE' };
    case 'required':
      return { mode: 'ANY' };
    case 'tool':
      return { mode: 'ANY', allowedFunctionNames: [choice.name] };
    default:
      return choice satisfies never;
  }
}

function writeConfig(conversation: Conversation, rules: ModelRules, lost: Lost[]): GenerationConfig {
  const { maxOutputTokens, temperature, topP, output } = conversation;
  const stop = stopSequences(conversation, lost);
  const thinkingConfig = writeThinking(conversation, rules, lost);
  const hasSchema = output !== undefined && isFields(output.schema);
  if (output !== undefined && !hasSchema) {
    lost.push({ where: 'output.schema', what: 'a schema that is not an object' });
  }
  return {
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(stop.length > 0 && { stopSequences: stop }),
    ...(hasSchema && { responseMimeType: 'application/json', responseJsonSchema: output.schema }),
    ...(thinkingConfig !== undefined && { thinkingConfig }),
  };
}

function writeThinking({ effort }: Conversation, rules: ModelRules, lost: Lost[]): ThinkingConfig | undefined {
  const told = effort === undefined ? {} : writeEffort(effort, rules);
  if (told === undefined && effort !== 'none') {
    lost.push({ where: 'effort', what: `effort "${effort}", which this model cannot be told` });
  }
  if (rules.thinking.kind === 'none') return undefined;
  return { includeThoughts: told?.thinkingBudget !== 0, ...told };
}

function stopSequences({ stop = [] }: Conversation, lost: Lost[]): readonly string[] {
  const usable = stop.filter((sequence) => sequence !== '').slice(0, mostStops);
  if (usable.length < stop.length) {
    lost.push({ where: 'stop', what: `stop sequences beyond ${mostStops}, or empty ones` });
  }
  return usable;
}

import { hasBreakpoints } from './breakpoints.ts';
import type { Conversation, Effort } from './conversation.ts';
import { nearestEffort } from './effort.ts';
import type { Lost } from './events.ts';
import { type OpenAiModelRules, openAiModelRules } from './openai-model-rules.ts';
import { writtenNotes } from './provider-notes.ts';
import { isClosedSchema } from './strict-schema.ts';
import type { OfferedTool } from './tools.ts';
import { fitName } from './turns.ts';
import { isFields } from './untrusted.ts';
import { reportWishes, strictLost } from './wishes.ts';

/** What both of OpenAI's dialects say in the same words, once it is known what the model accepts. */
export interface OpenAiSettings {
  readonly effort?: Effort;
  readonly temperature?: number;
  readonly topP?: number;
  readonly verbosity?: 'low' | 'high';
  readonly schema?: { readonly name: string; readonly schema: Record<string, unknown>; readonly strict: boolean };
  readonly notes: ReturnType<typeof writtenNotes>;
  readonly rules: OpenAiModelRules;
}

export function openAiSettings(conversation: Conversation, model: string, lost: Lost[]): OpenAiSettings {
  const rules = openAiModelRules(model);
  const effort = acceptedEffort(conversation.effort, rules, lost);
  const { temperature, topP } = conversation;
  const sampling = rules.reasons !== 'yes';
  if (!sampling && (temperature !== undefined || topP !== undefined)) {
    lost.push({ where: 'temperature', what: 'temperature and top_p, which this model refuses' });
  }
  const schema = outputSchema(conversation, lost);
  const verbosity = rules.verbosity ? conversation.verbosity : undefined;
  // Servers of other models may refuse fields that they do not know.
  const tells = rules.reasons !== 'unknown';
  const can = { singleCalls: true, strictTools: true, verbosity: rules.verbosity, details: true, notes: tells };
  reportWishes(conversation, can, lost);
  if (hasBreakpoints(conversation)) {
    lost.push({ where: 'cacheBreakpoint', what: 'where the prompt cache may end; this provider decides that itself' });
  }
  return {
    ...(effort !== undefined && { effort }),
    ...(sampling && temperature !== undefined && { temperature }),
    ...(sampling && topP !== undefined && { topP }),
    ...(verbosity !== undefined && { verbosity }),
    ...(schema !== undefined && { schema }),
    notes: tells ? writtenNotes(conversation.notes ?? {}) : {},
    rules,
  };
}

/** The effort that the model can be told, nearest to the wanted one; what it cannot be told is reported. */
export function acceptedEffort(
  wanted: Effort | undefined,
  { efforts, reasons }: OpenAiModelRules,
  lost: Lost[],
): Effort | undefined {
  if (wanted === undefined) return undefined;
  // A model that may not reason at all is better not told to reason a little: many servers refuse the field.
  const little = reasons === 'unknown' && (wanted === 'none' || wanted === 'minimal');
  const effort = little ? undefined : nearestEffort(wanted, efforts);
  if (effort === undefined && (wanted !== 'none' || little)) {
    lost.push({ where: 'effort', what: `effort "${wanted}", which this model cannot be told` });
  }
  return effort;
}

/** Whether calls of a tool can be held to its schema as the client wants it; where they cannot, that is reported. */
export function isStrict({ tool, schema, where }: OfferedTool, lost: Lost[]): boolean {
  if (tool.strict !== true) return false;
  if (isClosedSchema(schema)) return true;
  lost.push({ where: `${where}.strict`, what: strictLost });
  return false;
}

function outputSchema({ output }: Conversation, lost: Lost[]): OpenAiSettings['schema'] {
  if (output === undefined) return undefined;
  if (isFields(output.schema)) {
    return { name: fitName(output.name), schema: { ...output.schema }, strict: output.strict ?? false };
  }
  lost.push({ where: 'output.schema', what: 'a schema that is not an object' });
  return undefined;
}

import type { OutputConfig, ThinkingConfigParam, ToolChoice } from '@anthropic-ai/sdk/resources/messages/messages';
import type { Conversation, ToolChoice as NeutralToolChoice } from '../conversation.ts';
import { nearestEffort } from '../effort.ts';
import type { Lost } from '../events.ts';
import type { ModelRules } from './model-rules.ts';

export interface ThinkingChoice {
  readonly thinking?: ThinkingConfigParam;
  readonly effort?: NonNullable<OutputConfig['effort']>;
  readonly toolChoice?: ToolChoice;
}

/**
 * Effort, thinking and the demand for a tool, which newer models tie together: a tool call can only be demanded where
 * thinking is off, and thinking can only be off at some levels of effort, on some models.
 */
export function chooseThinking(
  conversation: Conversation,
  toolChoice: NeutralToolChoice | undefined,
  rules: ModelRules,
  lost: Lost[],
): ThinkingChoice {
  const { effort } = conversation;
  const forced = toolChoice?.kind === 'required' || toolChoice?.kind === 'tool';
  const keepsForce = forced && rules.forcedTools !== 'no';
  if (forced && !keepsForce) {
    lost.push({ where: 'toolChoice', what: 'a demand for a tool call, which this model refuses; it may call one' });
  }
  const accepted = effort === undefined ? undefined : nearestEffort(effort, rules.efforts);
  // A model without levels of effort does not think unless told to: `none` is what it does anyway.
  if (effort !== undefined && accepted === undefined && effort !== 'none') {
    lost.push({ where: 'effort', what: `effort "${effort}", which this model cannot be told` });
  }

  const off = effort === 'none' || (keepsForce && rules.forcedTools === 'without-thinking');
  // Where thinking is switched off, the highest levels of effort are refused.
  const level = off && accepted === 'max' ? 'high' : accepted;
  const thinking = off
    ? rules.off === undefined
      ? undefined
      : ({ type: rules.off } as const)
    : thinks(conversation, rules)
      ? ({ type: 'adaptive', display: 'summarized' } as const)
      : undefined;
  return {
    ...(thinking !== undefined && { thinking }),
    ...(level !== undefined && { effort: level }),
    ...(toolChoice !== undefined && { toolChoice: written(toolChoice, keepsForce) }),
  };
}

function thinks({ effort }: Conversation, { adaptive }: ModelRules): boolean {
  switch (adaptive) {
    case 'by-default':
      return true;
    case 'on-request':
      return effort === 'medium' || effort === 'high' || effort === 'max';
    case 'no':
      return false;
    default:
      return adaptive satisfies never;
  }
}

function written(choice: NeutralToolChoice, keepsForce: boolean): ToolChoice {
  switch (choice.kind) {
    case 'auto':
      return { type: 'auto' };
    case 'none':
      return { type: 'none' };
    case 'required':
      return { type: keepsForce ? 'any' : 'auto' };
    case 'tool':
      return keepsForce ? { type: 'tool', name: choice.name } : { type: 'auto' };
    default:
      return choice satisfies never;
  }
}

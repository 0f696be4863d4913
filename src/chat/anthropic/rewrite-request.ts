import type { RequestChanges, RewrittenRequest } from '../dialect.ts';
import { nearestEffort } from '../effort.ts';
import type { Lost } from '../events.ts';
import type { JsonBody } from '../json-body.ts';
import { choiceEdits } from '../own-choices.ts';
import { tierEdits } from '../price-tier.ts';
import type { JsonEdit } from '../rewrite.ts';
import { rewriteBody } from '../rewrite-body.ts';
import { type Fields, fieldsOf } from '../untrusted.ts';
import { type ModelRules, modelRules } from './model-rules.ts';
import { thinkingEdits } from './rewrite-thinking.ts';

/**
 * A client's body with what the policy decided in it, for a provider of this dialect: the model, its effort where the
 * model has levels of it, and the most tokens. A field that the client's own model refuses as well stays, and the
 * provider says so; what only the model that was chosen instead refuses is taken out and reported, since the client
 * could not know. For thinking of earlier turns see `thinkingEdits`.
 *
 * @throws {import('../dialect.ts').RequestFault}
 */
export function rewriteAnthropicRequest(body: JsonBody, changes: RequestChanges): RewrittenRequest {
  const lost: Lost[] = [];
  const fields = fieldsOf(body.value);
  const edits: JsonEdit[] = [
    { kind: 'set', path: ['model'], value: changes.model },
    ...effortEdits(fields, changes, lost),
    ...limitEdits(fields, changes),
    // After the limits, whose budget of thinking it may replace.
    ...refusedEdits(fields, changes.model, lost),
    ...thinkingEdits(fields, changes, lost),
    ...tierEdits(fields, changes, lost),
    ...choiceEdits(fields, changes, lost),
  ];
  return { body: rewriteBody(body, edits), lost };
}

function effortEdits(body: Fields, { model, effort }: RequestChanges, lost: Lost[]): JsonEdit[] {
  if (effort === undefined) return [];
  const level = nearestEffort(effort, modelRules(model).efforts);
  if (level === undefined) {
    // A model without levels of effort does not think unless told to.
    if (effort !== 'none') lost.push({ where: 'effort', what: `effort "${effort}", which this model cannot be told` });
    return [];
  }
  // Where the client has thinking switched off, the highest level is refused.
  const off = fieldsOf(body['thinking'])['type'] === 'disabled';
  return [{ kind: 'set', path: ['output_config', 'effort'], value: off && level === 'max' ? 'high' : level }];
}

/** Thinking of a fixed budget has to leave room for an answer. */
const smallestBudget = 1024;

function limitEdits(body: Fields, { maxOutputTokens: most }: RequestChanges): JsonEdit[] {
  const asked = body['max_tokens'];
  if (most === undefined || (typeof asked === 'number' && asked <= most)) return [];
  const edits: JsonEdit[] = [{ kind: 'set', path: ['max_tokens'], value: most }];
  const budget = fieldsOf(body['thinking'])['budget_tokens'];
  if (typeof budget !== 'number' || budget < most) return edits;
  return most > smallestBudget
    ? [...edits, { kind: 'set', path: ['thinking', 'budget_tokens'], value: most - 1 }]
    : [...edits, { kind: 'remove', path: ['thinking'] }];
}

/** What the client's own model takes and the chosen one refuses. */
function refusedEdits(body: Fields, model: string, lost: Lost[]): JsonEdit[] {
  const own = body['model'];
  if (typeof own !== 'string' || own === model) return [];
  const [given, chosen] = [modelRules(own), modelRules(model)];
  return [
    ...samplingEdits(body, given, chosen, lost),
    ...levelEdits(body, given, chosen, lost),
    ...thinkingTypeEdits(body, given, chosen, lost),
    ...forcedEdits(body, given, chosen, lost),
  ];
}

function samplingEdits(body: Fields, given: ModelRules, chosen: ModelRules, lost: Lost[]): JsonEdit[] {
  if (chosen.sampling || !given.sampling) return [];
  return ['temperature', 'top_p', 'top_k'].flatMap((name): JsonEdit[] => {
    if (body[name] === undefined) return [];
    lost.push({ where: name, what: `${name}, which the chosen model refuses` });
    return [{ kind: 'remove', path: [name] }];
  });
}

function levelEdits(body: Fields, given: ModelRules, chosen: ModelRules, lost: Lost[]): JsonEdit[] {
  if (chosen.efforts.length > 0 || given.efforts.length === 0) return [];
  const config = fieldsOf(body['output_config']);
  if (config['effort'] === undefined) return [];
  lost.push({ where: 'output_config.effort', what: 'the level of effort, which the chosen model does not have' });
  // An empty object is one that an older version of the API may not know either.
  return [{ kind: 'remove', path: Object.keys(config).length === 1 ? ['output_config'] : ['output_config', 'effort'] }];
}

function thinkingTypeEdits(body: Fields, given: ModelRules, chosen: ModelRules, lost: Lost[]): JsonEdit[] {
  const { type, display } = fieldsOf(body['thinking']);
  if (type === 'enabled' && chosen.adaptive !== 'no' && given.adaptive === 'no') {
    lost.push({ where: 'thinking.budget_tokens', what: 'the budget of thinking; the chosen model sets its own' });
    return [
      { kind: 'set', path: ['thinking'], value: { type: 'adaptive', ...(display !== undefined && { display }) } },
    ];
  }
  const unknown =
    (type === 'adaptive' && chosen.adaptive === 'no' && given.adaptive !== 'no') ||
    (type === 'between_tools' && chosen.off !== 'between_tools' && given.off === 'between_tools') ||
    (type === 'disabled' && chosen.adaptive === 'by-default' && chosen.off !== 'disabled' && given.off === 'disabled');
  if (!unknown) return [];
  lost.push({ where: 'thinking', what: `thinking of type "${String(type)}", which the chosen model does not have` });
  return [{ kind: 'remove', path: ['thinking'] }];
}

function forcedEdits(body: Fields, given: ModelRules, chosen: ModelRules, lost: Lost[]): JsonEdit[] {
  const { type } = fieldsOf(body['tool_choice']);
  if ((type !== 'any' && type !== 'tool') || chosen.forcedTools !== 'no' || given.forcedTools === 'no') return [];
  lost.push({
    where: 'tool_choice',
    what: 'a demand for a tool call, which the chosen model refuses; it may call one',
  });
  return [
    { kind: 'set', path: ['tool_choice', 'type'], value: 'auto' },
    { kind: 'remove', path: ['tool_choice', 'name'] },
  ];
}

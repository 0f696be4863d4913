import type { RequestChanges, RewrittenRequest } from '../dialect.ts';
import type { Lost } from '../events.ts';
import type { JsonBody } from '../json-body.ts';
import { tierEdits } from '../price-tier.ts';
import type { JsonEdit, JsonPath } from '../rewrite.ts';
import { rewriteBody } from '../rewrite-body.ts';
import { readSeal } from '../sealed-thinking.ts';
import { type Fields, fieldsOf, isFields, listOf } from '../untrusted.ts';
import { modelRules, readEffort, writeEffort } from './model-rules.ts';
import { noSignature } from './wire.ts';

/**
 * A client's own body with what the policy decided. The model is not in it: it stands in the address. Thinking that
 * another maker's model sealed is taken out, and a call that stands there without a signature is given the one that
 * says so, where the model asked for wants one.
 *
 * @throws {import('../dialect.ts').RequestFault}
 */
export function rewriteGeminiRequest(body: JsonBody, changes: RequestChanges): RewrittenRequest {
  const request = fieldsOf(body.value);
  const lost: Lost[] = [];
  const edits = [
    ...settingEdits(request, changes),
    ...signatureEdits(request, changes.model),
    ...tierEdits(request, changes, lost),
  ];
  return { body: rewriteBody(body, edits), lost };
}

/** The name under which the field stands, in either of its spellings. */
function nameIn(fields: Fields, camel: string, snake: string): string {
  return fields[camel] === undefined && fields[snake] !== undefined ? snake : camel;
}

function settingEdits(request: Fields, { model, effort, maxOutputTokens }: RequestChanges): JsonEdit[] {
  const edits: JsonEdit[] = [];
  const configName = nameIn(request, 'generationConfig', 'generation_config');
  const config = fieldsOf(request[configName]);
  if (maxOutputTokens !== undefined) {
    const name = nameIn(config, 'maxOutputTokens', 'max_output_tokens');
    const asked = config[name];
    if (typeof asked !== 'number' || asked > maxOutputTokens) {
      edits.push({ kind: 'set', path: [configName, name], value: maxOutputTokens });
    }
  }
  const thinkingName = nameIn(config, 'thinkingConfig', 'thinking_config');
  const path: JsonPath = [configName, thinkingName];
  const asked = fieldsOf(config[thinkingName]);
  const rules = modelRules(model);
  // The client meant another model perhaps: older ones know no levels, and some do not think.
  if (rules.thinking.kind === 'none')
    return isFields(config[thinkingName]) ? [...edits, { kind: 'remove', path }] : edits;
  const level = asked['thinkingLevel'] ?? asked['thinking_level'];
  const told = effort ?? (rules.thinking.kind === 'budgets' ? readEffort(level, undefined) : undefined);
  const thinking = told === undefined ? undefined : writeEffort(told, rules);
  if (thinking === undefined) return edits;
  // The API refuses a level and a budget together.
  for (const name of ['thinkingLevel', 'thinking_level', 'thinkingBudget', 'thinking_budget']) {
    if (asked[name] !== undefined) edits.push({ kind: 'remove', path: [...path, name] });
  }
  for (const [name, value] of Object.entries(thinking)) {
    edits.push({ kind: 'set', path: [...path, nameIn(asked, name, snakeNames[name] ?? name)], value });
  }
  return edits;
}

const snakeNames: Readonly<Record<string, string>> = {
  thinkingLevel: 'thinking_level',
  thinkingBudget: 'thinking_budget',
};

function signatureEdits(request: Fields, model: string): JsonEdit[] {
  const { wantsSignatures } = modelRules(model);
  const edits: JsonEdit[] = [];
  // Of several calls at once only the first has a signature; chunks of a stream may be contents of their own.
  let signed = !wantsSignatures;
  for (const [index, content] of listOf(request['contents']).entries()) {
    const { role, parts } = fieldsOf(content);
    if (role !== 'model') {
      signed = !wantsSignatures;
      continue;
    }
    for (const [place, part] of listOf(parts).entries()) {
      if (!isFields(part)) continue;
      const isCall = isFields(part['functionCall']) || isFields(part['function_call']);
      const name = nameIn(part, 'thoughtSignature', 'thought_signature');
      const path: JsonPath = ['contents', index, 'parts', place, name];
      const needed = isCall && !signed;
      if (isCall) signed = true;
      const edit = signatureEdit(part[name], model, needed, path);
      if (edit !== undefined) edits.push(edit);
    }
  }
  return edits;
}

/** What is to be done with a part's signature; `needed`: the part is refused without one. */
function signatureEdit(signature: unknown, model: string, needed: boolean, path: JsonPath): JsonEdit | undefined {
  const given = typeof signature === 'string' && signature !== '' ? signature : undefined;
  const seal = given === undefined ? undefined : readSeal(given);
  if (given !== undefined && seal === undefined) return undefined;
  // Google's own signature in a seal is the model's own again.
  const own =
    seal?.maker === 'google' && (seal.model === undefined || seal.model === model) ? seal.signature : undefined;
  const value = own ?? (needed ? noSignature : undefined);
  if (value !== undefined) return { kind: 'set', path, value };
  return given === undefined ? undefined : { kind: 'remove', path };
}

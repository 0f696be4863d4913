import type { RequestChanges } from './dialect.ts';
import type { Lost } from './events.ts';
import type { JsonEdit, JsonPath } from './rewrite.ts';
import { type Fields, fieldsOf, isFields, listOf, textOf } from './untrusted.ts';

const OTHERS = 'other models that the provider would ask by itself; the policy names who takes over';
const HOSTS = 'who serves the model there; the policy goes by how the provider is set up';
const REGION = 'where to compute the answer; the policy goes by how the provider is set up';

/** Fields that stand for other models, whole: of Anthropic and LiteLLM, and three of OpenRouter. */
const MODEL_FIELDS = ['fallbacks', 'models', 'route', 'preset'];

/** What a client says of a gateway's own choice among hosts, and what of it only keeps hosts out: that goes on. */
const HOST_FIELDS: readonly { readonly path: readonly string[]; readonly kept: ReadonlySet<string> }[] = [
  {
    path: ['provider'],
    kept: new Set(['data_collection', 'zdr', 'ignore', 'max_price', 'quantizations', 'require_parameters']),
  },
  { path: ['providerOptions', 'gateway'], kept: new Set(['zeroDataRetention', 'disallowPromptTraining']) },
];

/** Kinds of tools that are the client's own, or whose model makes no text. */
const PLAIN_TOOLS: ReadonlySet<string> = new Set(['', 'function', 'custom', 'image_generation']);
const ASKS_MODELS = /\b(?:advisor|fusion|subagent)/;
const NAMES_MODELS = /(?:^|_)models?$/;

/**
 * Takes out what a client would have the provider choose for itself: which other model answers or is consulted, and who
 * computes it where. Also what else no provider takes without it: a demand for such a tool, and its earlier advice.
 */
export function choiceEdits(body: Fields, { isChosen, ownRegion }: RequestChanges, lost: Lost[]): JsonEdit[] {
  return [
    ...(isChosen ? [...fieldEdits(body, MODEL_FIELDS, OTHERS, lost), ...hostEdits(body, lost)] : []),
    ...(isChosen ? [...itemEdits(body, 'plugins', lost), ...itemEdits(body, 'tools', lost)] : []),
    ...(ownRegion ? fieldEdits(body, ['inference_geo'], REGION, lost) : []),
  ];
}

function fieldEdits(body: Fields, names: readonly string[], what: string, lost: Lost[]): JsonEdit[] {
  return names
    .filter((name) => body[name] !== undefined && body[name] !== null)
    .map((name) => {
      lost.push({ where: name, what });
      return removed([name]);
    });
}

function hostEdits(body: Fields, lost: Lost[]): JsonEdit[] {
  return HOST_FIELDS.flatMap(({ path, kept }): JsonEdit[] => {
    const value = path.reduce<unknown>((inner, name) => fieldsOf(inner)[name], body);
    if (value === undefined || value === null) return [];
    const where = path.join('.');
    const names = Object.keys(fieldsOf(value));
    const chosen = names.filter((name) => !kept.has(name) || loosens(fieldsOf(value)[name]));
    if (isFields(value) && chosen.length === 0) return [];
    lost.push({ where, what: HOSTS });
    if (chosen.length === names.length) return [removed(path)];
    return chosen.map((name) => removed([...path, name]));
  });
}

/** The account may be set up more strictly. */
function loosens(value: unknown): boolean {
  return value === 'allow' || value === false;
}

/** Of a list of tools or plugins, those that ask models of their own. */
function itemEdits(body: Fields, list: 'tools' | 'plugins', lost: Lost[]): JsonEdit[] {
  const items = listOf(body[list]).map(fieldsOf);
  const gone = items.flatMap((item, index) => (asksModels(item) ? index : []));
  if (gone.length === 0) return [];
  for (const index of gone) lost.push({ where: `${list}[${index}]`, what: OTHERS });
  const isEmpty = gone.length === items.length;
  const edits = isEmpty ? [removed([list])] : gone.map((index) => removed([list, index]));
  if (list === 'plugins') return edits;
  const names = new Set(gone.flatMap((index) => [items[index]?.['name'], items[index]?.['type']]).filter(Boolean));
  const { name, type } = fieldsOf(body['tool_choice']);
  const isDemanded = isEmpty || names.has(name ?? type);
  return [
    ...edits,
    ...(isDemanded && body['tool_choice'] !== undefined ? [removed(['tool_choice'])] : []),
    ...adviceEdits(body, names),
  ];
}

function asksModels(item: Fields): boolean {
  const kind = textOf(item['type']) || textOf(item['id']);
  if (PLAIN_TOOLS.has(kind)) return false;
  const names = [...Object.keys(item), ...Object.keys(fieldsOf(item['parameters']))];
  return ASKS_MODELS.test(kind) || names.some((name) => NAMES_MODELS.test(name));
}

/** Calls of such tools in earlier answers, and what they gave: Anthropic refuses them without the tool. */
function adviceEdits(body: Fields, tools: ReadonlySet<unknown>): JsonEdit[] {
  return listOf(body['messages']).flatMap((message, at): JsonEdit[] => {
    const blocks = listOf(fieldsOf(message)['content']).map(fieldsOf);
    const gone = blocks.flatMap(({ type, name }, index) =>
      type === 'advisor_tool_result' || (type === 'server_tool_use' && tools.has(name)) ? index : [],
    );
    if (gone.length === 0) return [];
    // A message without content is refused too.
    if (gone.length === blocks.length) return [removed(['messages', at])];
    return gone.map((index) => removed(['messages', at, 'content', index]));
  });
}

function removed(path: JsonPath): JsonEdit {
  return { kind: 'remove', path };
}

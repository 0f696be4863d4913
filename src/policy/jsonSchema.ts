// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders of editor snippets look like this.
import * as z from 'zod';
import { policySchema } from './schema.ts';

/** What an editor offers to insert where a list item or a whole policy is expected; `${1:…}` marks what to fill in. */
export interface Snippet {
  readonly label: string;
  readonly description: string;
  readonly body: unknown;
}

export const policySnippet: Snippet = {
  label: 'A first policy',
  description: 'Tests and docs to a small model, work across modules to a large one.',
  body: {
    version: 1,
    default: '${1:anthropic/claude-sonnet-5-5}',
    classes: [
      { id: 'tests', when: { files: ['**/*.test.*'] }, use: '${2:anthropic/claude-haiku-5-5}' },
      { id: 'wide', when: { diff: { modules: '>=2' } }, use: '${3:anthropic/claude-opus-5-5}' },
    ],
  },
};

/** By the name of the definition in the schema. */
export const snippets: Readonly<Record<string, readonly Snippet[]>> = {
  ClassOfWork: [
    {
      label: 'Class by files',
      description: 'Every file that the request works on matches.',
      body: { id: '${1:docs}', when: { files: ['${2:**/*.md}'] }, use: '${3:provider/model}' },
    },
    {
      label: 'Class by size',
      description: 'Work on several modules at once.',
      body: { id: '${1:wide}', when: { diff: { modules: '${2:>=2}' } }, use: '${3:provider/model}' },
    },
  ],
  Constraint: [
    {
      label: 'Keep files from leaving',
      description: 'Requests that carry one of these files are refused.',
      body: { id: '${1:secrets}', when: { touches: ['${2:**/.env*}'] }, block: true, reason: '${3:never leaves}' },
    },
    {
      label: 'Forbid targets',
      description: 'Nothing goes to these targets.',
      body: { id: '${1:no-direct}', deny: ['${2:openai/*}'], reason: '${3:only contracted endpoints}' },
    },
  ],
  Budget: [
    {
      label: 'Monthly budget',
      description: 'What one developer may spend in a month.',
      // biome-ignore lint/suspicious/noThenProperty: the policy language's own word; the object is data and never awaited.
      body: { id: '${1:me}', per: 'developer', period: 'month', usd: '^${2:50}', then: '${3|warn,ask,block|}' },
    },
  ],
};

/**
 * The JSON Schema (2020-12) of `.routing-policy.json`, made from the zod source. `allowComments`,
 * `allowTrailingCommas` and `defaultSnippets` are read by VS Code's JSON language service and ignored by validators.
 */
export function policyJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(policySchema, { target: 'draft-2020-12', io: 'input' });
  const definitions = Object.entries(schema.$defs ?? {}).map(([name, definition]) => {
    const defaultSnippets = snippets[name];
    return [name, defaultSnippets === undefined ? definition : { ...definition, defaultSnippets }];
  });
  return {
    ...schema,
    allowComments: true,
    allowTrailingCommas: true,
    defaultSnippets: [policySnippet],
    $defs: Object.fromEntries(definitions),
  };
}

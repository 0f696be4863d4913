import type { Witness } from '../../policy/diagnostic.ts';
import { quote } from '../../policy/finding.ts';
import type { RequestKind } from '../../policy/schema.ts';
import type { Facts } from '../facts.ts';

/** Files of an example that a sentence names. */
const NAMED_FILES = 3;

/** How a request of each kind is called before the files that it is about. */
const CALLED: Readonly<Record<RequestKind, readonly [alone: string, about: string]>> = {
  completion: ['a completion', 'a completion in'],
  chat: ['a chat', 'a chat about'],
  edit: ['an edit', 'an edit of'],
  agent: ["an agent's task", 'an agent that works on'],
  plan: ['a plan', 'a plan for'],
  'commit-message': ['a commit message', 'a commit message for'],
  title: ['a title', 'a title for'],
  review: ['a review', 'a review of'],
};

/** An example request in a few words: `a chat about "src/a.ts" (12 lines, 2 modules)`. */
export function requestWords(facts: Facts): string {
  const files = facts.files ?? [];
  const named = files.slice(0, NAMED_FILES).map(({ path }) => quote(path));
  const more = files.length > NAMED_FILES ? [`${files.length - NAMED_FILES} more`] : [];
  const [alone, about] = CALLED[facts.kind];
  const details = detailsOf(facts);
  const request = files.length === 0 ? alone : `${about} ${[...named, ...more].join(', ')}`;
  return `${request}${details.length === 0 ? '' : ` (${details.join(', ')})`}`;
}

/** The same as data. */
export function witnessOf(facts: Facts, by: readonly string[] = []): Witness {
  const paths = (facts.files ?? []).map(({ path }) => path);
  return {
    ...(paths.length === 0 ? {} : { paths }),
    request: requestWords(facts),
    ...(by.length === 0 ? {} : { by }),
  };
}

function detailsOf({ files = [], context, text, client, team, branch, intent }: Facts): readonly string[] {
  const lines = files.reduce((sum, { added = 0, deleted = 0 }) => sum + added + deleted, 0);
  const modules = new Set(files.flatMap(({ module }) => module ?? [])).size;
  return [
    ...(lines > 0 ? [`${lines} ${lines === 1 ? 'line' : 'lines'}`] : []),
    ...(modules > 1 ? [`${modules} modules`] : []),
    ...(context?.tokens === undefined || context.tokens === 0 ? [] : [`${context.tokens} tokens`]),
    ...(context?.images === true ? ['with images'] : []),
    ...(context?.tools === true ? ['with tools'] : []),
    ...(text === undefined || text === '' ? [] : [`saying ${quote(text)}`]),
    ...(client === undefined ? [] : [`from the client ${quote(client)}`]),
    ...(team === undefined ? [] : [`from the team ${quote(team)}`]),
    ...(branch === undefined ? [] : [`on the branch ${quote(branch)}`]),
    ...(intent === undefined ? [] : [`with the intent ${quote(intent)}`]),
  ];
}

import { localCandidates } from '../../src/providers/localDetection.ts';
import { type WellKnownProvider, wellKnownProviders } from '../../src/providers/wellKnown.ts';
import { code, fenced, generatedBy, table } from './markdown.ts';
import { type ProviderEntry, providerEntries } from './providerEntries.ts';

/** docs/providers.md: the built-in table, and a section for each provider. */
export function providersPage(): string {
  return `${[
    '# Providers',
    generatedBy('scripts/reference/providerEntries.ts'),
    `Providers come from the user's setting \`routingPolicy.providers\`, or from the command line's providers file, which has the
same form; never from a repository. What is in this table needs nothing but a key. **None of it was tested against a real
service**: there were no keys and no network where it was made. What was tested, against servers on loopback that speak the
real protocols, each section says.`,
    table(['name', 'wire', 'address', 'key from', 'fill-in-the-middle'], Object.entries(wellKnownProviders).map(row)),
    `A provider with another name has at least a \`wire\` and a \`baseUrl\`, which may be a server of your own. A setting under a
name of the table is laid over it; with another host it inherits the wire alone, and no key of the environment is sent there.`,
    '## Keys',
    `A key is \`{"env": NAME}\`, \`{"command": [PROGRAM, ARGUMENT…]}\` (run without a shell) or \`"passthrough"\`; left out, it is in
the editor's secret storage (*Routing Policy: Add Provider Key*) or in the variables of the table. \`auth\` says how it is sent:
\`bearer\`, \`api-key\`, \`x-api-key\`, \`x-goog-api-key\` or \`none\`; or whose sign-in stands in its place: \`aws\`, \`google\` or
\`entra\`. The libraries of those clouds are loaded when first used. A key goes to its provider's host alone, no redirect is
followed, and none appears in a message, a log or a ledger.`,
    '## What passes through',
    `A client that speaks its provider's dialect has its body passed on as it is, but for what the policy decides, and gets the
answer byte for byte. A body in which an object repeats a key is written anew with the last of them, by which the policy goes;
and where an answer quotes the provider's key as it was sent, of 16 characters or more, that is blotted out.`,
    `Of a client's headers go on \`anthropic-beta\`, \`anthropic-version\`, \`openai-beta\` and \`x-goog-api-client\`; with
\`"passthrough"\` all that it says of itself, its \`user-agent\` among them, but nothing of its connection. Answers are asked for
uncompressed. Errors come as the provider wrote them, without the key, with \`retry-after\`, request ids and rate limits. An
answer that is cut is an error, never an end; an empty one, or one of another kind than was asked for, is one too.`,
    '## Found on this machine',
    `*Routing Policy: Find Local Models* looks on loopback, when asked, for 300 ms: ${localCandidates
      .map(({ name, origin }) => `${name} (${new URL(origin).port})`)
      .join(', ')}.`,
    ...providerEntries.flatMap(section),
  ].join('\n\n')}\n`;
}

function row([name, { setting, keyEnv }]: [string, WellKnownProvider]): readonly string[] {
  const { wire = '', baseUrl, fim, shape, auth } = setting;
  const keys = keyEnv.map(code).join(', ');
  return [
    code(name),
    code(wire),
    baseUrl === undefined ? 'none' : code(baseUrl),
    auth === 'none' || baseUrl === undefined ? 'needs none' : keys,
    fim?.shape ?? shape ?? '',
  ];
}

function section({ title, serves, example, key, notes, simulated }: ProviderEntry): readonly string[] {
  return [
    `## ${title}`,
    serves,
    fenced('jsonc', JSON.stringify(example, null, 2)),
    `**Key.** ${key}`,
    ...(notes === undefined ? [] : [notes]),
    `**Tested** against the real service: nothing. Against simulated wire traffic: ${simulated}.`,
  ];
}

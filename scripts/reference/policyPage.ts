import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePolicy } from '../../src/policy/parse.ts';
import { ROOT } from '../steps.ts';
import { anchorOf, code, generatedBy, table } from './markdown.ts';
import { type ReferenceSection, schemaSections } from './schemaSections.ts';

/** Of every key the language has, in one sound policy; the reference takes its examples from there. */
export const everyKeyFile = 'docs/policy/every-key.jsonc';

/** The sections of the reference, each key with an example. */
export function policySections(): readonly ReferenceSection[] {
  const { policy, diagnostics } = parsePolicy(readFileSync(join(ROOT, everyKeyFile), 'utf8'));
  const mistake = diagnostics.find(({ severity }) => severity === 'error');
  if (policy === undefined || mistake !== undefined) throw new Error(`${everyKeyFile}: ${mistake?.message}`);
  return schemaSections([policy]);
}

/** `docs/policy/reference.md`: every key of the language. */
export function policyPage(): string {
  const sections = policySections();
  const named = sections.filter(({ type }) => type !== undefined);
  const objects = sections.filter(({ type }) => type === undefined);
  return `${[
    generatedBy('src/policy/schema.ts'),
    '# Every key of a policy',
    'The [guide](../policy.md) says how to use them. A key that is not listed is an error: a misspelt `deny` that is ignored would be a hole in a fence. Every example is from [every-key.jsonc](every-key.jsonc), a policy that uses each key.',
    `**Objects:** ${objects.map(({ title }) => `[${title}](#${anchorOf(title)})`).join(' · ')}`,
    `**Values:** ${named.map(({ title }) => `[${title}](#${anchorOf(title)})`).join(' · ')}`,
    ...objects.flatMap(sectionText),
    ...named.flatMap(sectionText),
  ].join('\n\n')}\n`;
}

function sectionText({ title, description, keys, type, examples }: ReferenceSection): readonly string[] {
  const rows = keys.map(({ key, required, type: written, description: words, example }) => [
    required ? `${code(key)} (required)` : code(key),
    written,
    words,
    example === undefined ? '' : code(example),
  ]);
  return [
    `## ${title}`,
    ...(description === '' ? [] : [description]),
    ...(type === undefined ? [] : [`Written as: ${type}.`]),
    ...(examples.length === 0 ? [] : [`For example ${examples.map(code).join(' or ')}.`]),
    ...(rows.length === 0 ? [] : [table(['key', 'written as', 'what it means', 'example'], rows)]),
  ];
}

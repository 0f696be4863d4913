import type { Price } from '../../models/model.ts';
import type { ResolvedTarget, TargetChain } from '../../policy/compiled.ts';
import { outerNames } from '../../policy/outer.ts';
import { expandAliases, readTarget } from '../../policy/targets.ts';
import { attestationProblem } from '../../routing/attestation.ts';
import { code, plain } from './markdown.ts';
import type { Look } from './openPolicies.ts';
import { keysIn } from './texts.ts';

/** Targets of one chain that are shown. */
const mostShown = 12;
/** Nano-dollars per token for one dollar per million tokens. */
const perMillion = 1_000;

/** What a target as written comes to: one model, or the chain of an alias. */
export function targetLines(look: Look, written: string): readonly string[] {
  const reference = readTarget(written);
  switch (reference?.kind) {
    case undefined:
      return [];
    case 'native':
      return ["Stands aside for the editor's own completions."];
    case 'model': {
      const { provider, model } = reference;
      return [chainLines(look, [{ kind: 'model', target: written, provider, model }])];
    }
    case 'alias':
      return aliasLines(look, reference.name);
    default:
      return reference satisfies never;
  }
}

function aliasLines(look: Look, name: string): readonly string[] {
  const { sound, outer, document } = look.reading;
  const known = outerNames({ outer }).aliases;
  const chain = sound?.policy.aliases.get(name) ?? known.get(name);
  if (chain !== undefined) {
    const isOwn = sound?.policy.aliases.has(name) ?? false;
    const layer = isOwn ? '' : ` of ${outer.findLast(({ policy }) => policy.aliases.has(name))?.name ?? ''}`;
    return [`The alias ${code(name)}${plain(layer)}, in the order in which it is tried:`, chainLines(look, chain)];
  }
  const isWritten = keysIn(document, ['models']).includes(name);
  return [
    isWritten
      ? `The alias ${code(name)}. What it comes to is shown once the file has no mistakes.`
      : `No alias is called ${code(name)}. A target is ${code('provider/model')} or an alias from ${code('models')}.`,
  ];
}

/** A chain with what is known of each target: its price, its context, its maker, and whether it can be used here. */
export function chainLines(look: Look, chain: TargetChain): string {
  const lines = chain
    .slice(0, mostShown)
    .map((target) => (target.kind === 'native' ? `- ${code('native')}` : `- ${targetLine(look, target)}`));
  const more = chain.length - mostShown;
  return [...lines, ...(more > 0 ? [`- and ${more} more`] : [])].join('\n');
}

/** The chain of targets written without being sound, such as a class's `use` in a hover. */
export function chainOf(look: Look, targets: Parameters<ReturnType<typeof expandAliases>['expand']>[0]): TargetChain {
  const { sound, outer } = look.reading;
  return expandAliases(sound?.policy.source.models, outerNames({ outer }).aliases).expand(targets);
}

function targetLine(look: Look, target: ResolvedTarget): string {
  const { knowledge } = look.surroundings;
  const model = knowledge.model(target.provider, target.model);
  const price = knowledge.price(target.provider, target.model, look.reading.sound?.layers);
  const facts = [
    model === undefined ? 'not in the catalogue' : `${model.name} by ${model.maker}`,
    ...(model?.contextTokens === undefined ? [] : [`${thousands(model.contextTokens)} tokens of context`]),
    priceWords(price),
    providerWords(look, target.provider),
    attestationWords(look, target),
    ...(model?.retired === undefined ? [] : ['retired']),
    ...(target.effort === undefined ? [] : [`effort ${target.effort}`]),
    ...(target.maxOutputTokens === undefined ? [] : [`at most ${thousands(target.maxOutputTokens)} tokens of output`]),
  ];
  return `${code(target.target)}: ${plain(facts.join(' · '))}`;
}

function priceWords(price: Price | undefined): string {
  if (price === undefined) return 'price unknown';
  const { rates, source, asOf } = price;
  if (rates.input === 0 && rates.output === 0) return `costs nothing (${source})`;
  return `$${usd(rates.input)} in, $${usd(rates.output)} out per million tokens (${source}, ${asOf})`;
}

function usd(rate: number): string {
  return String(Math.round((rate / perMillion) * 10_000) / 10_000);
}

function providerWords({ surroundings: { knowledge } }: Look, id: string): string {
  const provider = knowledge.provider(id);
  if (provider === undefined) return `no provider is called ${id}`;
  const where = provider.local === true ? 'on this machine' : provider.residency;
  const can = provider.usable ? `${id} can be used` : `${id} cannot be used yet`;
  const stand = provider.simulated === true ? ' (simulated)' : '';
  return `${can}${stand}${where === undefined ? '' : `, ${where}`}`;
}

function attestationWords(look: Look, target: ResolvedTarget): string {
  const { knowledge } = look.surroundings;
  const problem = attestationProblem({ target, model: knowledge.model(target.provider, target.model) }, knowledge, {});
  return problem === undefined
    ? 'attested'
    : problem === 'no attestation'
      ? 'not attested'
      : `not attested: ${problem}`;
}

function thousands(tokens: number): string {
  return tokens.toLocaleString('en-US');
}

import type { CompiledPolicy, ResolvedTarget } from '../../policy/compiled.ts';
import { type Finding, quote, replaceWith } from '../../policy/finding.ts';
import type { LayeredPolicy } from '../../policy/layers.ts';
import { mostSimilar } from '../../policy/similar.ts';
import { type TargetMatcher, targetMatcher } from '../../policy/targetGlob.ts';
import { readTarget } from '../../policy/targets.ts';
import { referencesIn, targetPlaces } from '../../policy/walk.ts';

/** The names that patterns of targets can be held against. */
export interface NameFacts {
  /** Ids of the providers that are configured or well known. */
  readonly providers: readonly string[];
  /** The catalogue. */
  readonly models: readonly { readonly id: string; readonly maker: string }[];
}

/** Patterns that are looked at: each is held against every known target. */
const MOST_PATTERNS = 200;
const MAKER = 'maker:';

/**
 * Patterns in `allow` and `deny`, and what tests say is `down`, that name nothing which is known. One with a near name, or another letter case, is a
 * mistake. One for a provider that nobody knows may be meant for another machine. Of a known provider's models none is
 * doubted: a model may be newer than the catalogue.
 */
export function unknownTargets(
  policy: CompiledPolicy,
  layers: LayeredPolicy | undefined,
  names: NameFacts,
): readonly Finding[] {
  const { constraints = [], tests = [] } = policy.source;
  const isAsked =
    constraints.some(({ allow, deny }) => allow !== undefined || deny !== undefined) ||
    tests.some(({ given }) => given.down !== undefined);
  if (!isAsked) return [];
  const known = knownOf(policy, layers, names);
  return [...unknownPatterns(policy, known), ...unknownOutages(policy, known)];
}

function unknownPatterns({ source: { constraints = [] } }: CompiledPolicy, known: Known): readonly Finding[] {
  let left = MOST_PATTERNS;
  return constraints.flatMap((constraint, at) =>
    (['allow', 'deny'] as const).flatMap((key) =>
      (constraint[key] ?? []).flatMap((pattern, index): readonly Finding[] => {
        left -= 1;
        if (left < 0 || known.has(pattern)) return [];
        const about = { code: 'unknown-target', path: ['constraints', at, key, index] } as const;
        const effect = key === 'deny' ? 'so this denies nothing' : 'so this allows nothing';
        if (pattern.startsWith('!')) {
          const message = `${quote(pattern)} is no target, ${effect}: "!" takes nothing back here. What an "allow" is not to let through belongs in a "deny" of the same constraint, without the "!".`;
          return [{ ...about, severity: 'warning', message }];
        }
        const meant = meantPattern(pattern, known);
        if (meant !== undefined) {
          const message = `No target that is known matches ${quote(pattern)}, ${effect}. ${meant.because} Did you mean ${quote(meant.pattern)}?`;
          return [{ ...about, severity: 'warning', message, ...replaceWith(meant.pattern) }];
        }
        if (!/[*/:]/.test(pattern)) {
          const message = `${quote(pattern)} is no target, ${effect}. Write "provider/model", "*" for any part of it, or "maker:" and a maker.`;
          return [{ ...about, severity: 'warning', message }];
        }
        const unknown = unheardOf(pattern, known);
        if (unknown === undefined) return [];
        const message = `${unknown}, ${effect} here. Check the name, unless it is known elsewhere.`;
        return [{ ...about, severity: 'information', message }];
      }),
    ),
  );
}

/** What tests say is down and nobody knows: the test then tries nothing. */
function unknownOutages({ source: { tests = [] } }: CompiledPolicy, known: Known): readonly Finding[] {
  let left = MOST_PATTERNS;
  return tests.flatMap(({ given: { down = [] } }, at) =>
    down.flatMap((name, index): readonly Finding[] => {
      left -= 1;
      if (left < 0 || known.providers.has(name) || (/[/:]/.test(name) && known.has(name))) return [];
      const isWhole = /[/:]/.test(name);
      const near = isWhole ? withNearName(name, known)?.pattern : mostSimilar(name, known.providers);
      if (near === undefined && isWhole && unheardOf(name, known) === undefined) return [];
      const advice =
        near === undefined
          ? 'Write a provider, "provider/model" or "maker:" and a maker.'
          : `Did you mean ${quote(near)}?`;
      const message = `Nothing that is known is called ${quote(name)}, so this test takes nothing for down. ${advice}`;
      const path = ['tests', at, 'given', 'down', index];
      return [
        {
          code: 'unknown-target',
          severity: 'warning',
          message,
          path,
          ...(near === undefined ? {} : replaceWith(near)),
        },
      ];
    }),
  );
}

interface Known {
  readonly providers: ReadonlySet<string>;
  readonly makers: ReadonlySet<string>;
  /** Whether a pattern matches anything; by the second of the two, whatever its letter case. */
  has(pattern: string): boolean;
  hasInAnyCase(pattern: string): boolean;
}

function knownOf(policy: CompiledPolicy, layers: LayeredPolicy | undefined, names: NameFacts): Known {
  const sources = [policy.source, ...(layers?.layers ?? []).map((layer) => layer.policy.source)];
  const named = sources.flatMap((source) =>
    [...targetPlaces(source)].flatMap((place) => [...referencesIn(place)].map(({ value }) => value)),
  );
  const targets = new Set(named.filter((target) => target.includes('/')));
  const providers = new Set(names.providers);
  for (const target of targets) {
    const reference = readTarget(target);
    if (reference?.kind === 'model') providers.add(reference.provider);
  }
  for (const provider of providers) for (const { id } of names.models) targets.add(`${provider}/${id}`);
  targets.add('native');
  const makers = new Set(names.models.map(({ maker }) => maker));
  const has = matcherOf(targets, makers);
  const inAnyCase = matcherOf(lowered(targets), lowered(makers));
  return { providers, makers, has, hasInAnyCase: (pattern) => inAnyCase(pattern.toLowerCase()) };
}

function lowered(words: Iterable<string>): readonly string[] {
  return [...words].map((word) => word.toLowerCase());
}

function matcherOf(targets: Iterable<string>, makers: Iterable<string>): (pattern: string) => boolean {
  const called = (target: string): ResolvedTarget => ({ kind: 'model', target, provider: '', model: '' });
  const resolved = [...targets].map(called);
  const makerList = [...makers];
  const answers = new Map<string, boolean>();
  return (pattern) => {
    const answer = answers.get(pattern);
    if (answer !== undefined) return answer;
    const matches: TargetMatcher = targetMatcher([pattern]);
    const found = pattern.startsWith(MAKER)
      ? makerList.some((maker) => matches(called(''), maker))
      : resolved.some((target) => matches(target, undefined));
    answers.set(pattern, found);
    return found;
  };
}

interface Meant {
  readonly pattern: string;
  /** A sentence: why the one that is written matches nothing. */
  readonly because: string;
}

function meantPattern(pattern: string, known: Known): Meant | undefined {
  const mends = [inOtherCase, asWholeTarget, withNearName];
  for (const mend of mends) {
    const meant = mend(pattern, known);
    if (meant !== undefined && known.has(meant.pattern)) return meant;
  }
  return undefined;
}

function inOtherCase(pattern: string, { hasInAnyCase }: Known): Meant | undefined {
  if (!hasInAnyCase(pattern)) return undefined;
  return { pattern: pattern.toLowerCase(), because: 'Upper and lower case count.' };
}

/** A provider, a maker or a model alone: a target is a provider and a model. */
function asWholeTarget(pattern: string, { providers, makers }: Known): Meant | undefined {
  if (pattern.includes('/') || pattern.startsWith(MAKER)) return undefined;
  const because = 'A target is written "provider/model".';
  if (providers.has(pattern)) return { pattern: `${pattern}/*`, because };
  if (makers.has(pattern)) return { pattern: `${MAKER}${pattern}`, because };
  return { pattern: `*/${pattern}`, because };
}

function withNearName(pattern: string, { providers, makers }: Known): Meant | undefined {
  if (pattern.startsWith(MAKER)) {
    const maker = pattern.slice(MAKER.length);
    const near = mostSimilar(maker, makers);
    return near === undefined ? undefined : { pattern: MAKER + near, because: `No maker is called ${quote(maker)}.` };
  }
  const provider = providerIn(pattern);
  if (provider === undefined || providers.has(provider)) return undefined;
  const near = mostSimilar(provider, providers);
  if (near === undefined) return undefined;
  return { pattern: near + pattern.slice(provider.length), because: `No provider is called ${quote(provider)}.` };
}

/** The provider that a pattern spells out. */
function providerIn(pattern: string): string | undefined {
  const slash = pattern.indexOf('/');
  const provider = pattern.slice(0, slash);
  return slash === -1 || provider.includes('*') ? undefined : provider;
}

/** The name in a pattern that nobody knows, in the first half of a sentence. */
function unheardOf(pattern: string, { providers, makers }: Known): string | undefined {
  if (pattern.startsWith(MAKER)) {
    const maker = pattern.slice(MAKER.length);
    return maker.includes('*') || makers.has(maker) ? undefined : `No maker ${quote(maker)} is known`;
  }
  const provider = providerIn(pattern);
  return provider === undefined || providers.has(provider) ? undefined : `No provider ${quote(provider)} is known`;
}

import { type Finding, quote, replaceWith } from './finding.ts';
import type { OuterNames } from './outer.ts';
import { limits, type Policy, type Targets } from './schema.ts';
import { suggestWords } from './similar.ts';
import { aliasesNamedBy, expandAliases, readTarget } from './targets.ts';
import { type Placed, referencesIn, targetPlaces } from './walk.ts';

/** Cycles longer than this are spelled out at their two ends only. */
const SPELLED_OUT = 8;

/** Aliases that are unknown, lead back to themselves or come to too much, and targets that are not written as one. */
export function aliasMistakes(policy: Policy, outer: OuterNames): Finding[] {
  const aliases = new Map(Object.entries(policy.models ?? {}));
  if (aliases.size > limits.aliases) {
    const message = `A policy has at most ${limits.aliases} aliases; this one has ${aliases.size}. Remove some.`;
    return [{ code: 'bad-value', severity: 'error', message, path: ['models'], part: 'opening' }];
  }
  const findings: Finding[] = [...reservedNames(aliases), ...cycles(aliases)];
  const { expand } = expandAliases(policy.models, outer.aliases);
  const known = new Set([...aliases.keys(), ...outer.aliases.keys()]);
  const mayBeOuter = outer.unread && policy.extends !== undefined;
  const suggest = suggestWords();
  const names = [...known, 'native'];
  const meantBy = (name: string): string | undefined => suggest(name, names);
  const isKnown = (name: string): boolean => known.has(name) || mayBeOuter;
  for (const place of targetPlaces(policy)) {
    for (const placed of referencesIn(place)) findings.push(...targetMistakes(placed, isKnown, policy, meantBy));
    if (expand(place.value).length > limits.chainTargets) {
      const message = `This comes to more than ${limits.chainTargets} targets. Nobody waits for that many attempts: shorten it.`;
      findings.push({ code: 'bad-value', severity: 'error', message, path: place.path });
    }
  }
  return findings;
}

function reservedNames(aliases: ReadonlyMap<string, Targets>): Finding[] {
  if (!aliases.has('native')) return [];
  const message = '"native" stands for the editor\'s own completions and cannot be an alias. Choose another name.';
  return [{ code: 'bad-value', severity: 'error', message, path: ['models', 'native'], part: 'key' }];
}

function targetMistakes(
  { value, path }: Placed<string>,
  isKnown: (alias: string) => boolean,
  policy: Policy,
  meantBy: (name: string) => string | undefined,
): Finding[] {
  const reference = readTarget(value);
  switch (reference?.kind) {
    case 'model':
    case 'native':
      return [];
    case undefined: {
      const message = `${quote(value)} is not a target. Write "provider/model", with something on both sides of the "/".`;
      return [{ code: 'bad-value', severity: 'error', message, path }];
    }
    case 'alias': {
      if (isKnown(value)) return [];
      const meant = meantBy(value);
      return [
        {
          code: 'unknown-alias',
          severity: 'error',
          message: `${quote(value)} is not an alias in "models". ${adviceFor(value, meant, policy)}`,
          path,
          ...(meant === undefined ? {} : replaceWith(meant)),
        },
      ];
    }
  }
}

function adviceFor(value: string, meant: string | undefined, policy: Policy): string {
  if (meant !== undefined) return `Did you mean ${quote(meant)}?`;
  if (policy.extends !== undefined) {
    return `What "extends" names does not define it either: define it here, or write ${quote(`provider/${value}`)}.`;
  }
  return `Define it there, or write a model with its provider: ${quote(`provider/${value}`)}.`;
}

/** One finding for each alias that closes a circle, with the circle spelled out. Iterative: chains may be long. */
function cycles(aliases: ReadonlyMap<string, Targets>): Finding[] {
  const findings: Finding[] = [];
  const done = new Set<string>();
  for (const root of aliases.keys()) {
    if (done.has(root)) continue;
    const trail: { readonly name: string; readonly ahead: string[] }[] = [enter(root, aliases)];
    const onTrail = new Set([root]);
    for (let here = trail.at(-1); here !== undefined; here = trail.at(-1)) {
      const next = here.ahead.pop();
      if (next === undefined) {
        trail.pop();
        onTrail.delete(here.name);
        done.add(here.name);
      } else if (onTrail.has(next)) {
        const circle = trail.map((step) => step.name).slice(trail.findIndex((step) => step.name === next));
        findings.push(cycle(here.name, next, circle, aliases));
      } else if (!done.has(next)) {
        trail.push(enter(next, aliases));
        onTrail.add(next);
      }
    }
  }
  return findings;
}

function enter(
  name: string,
  aliases: ReadonlyMap<string, Targets>,
): { readonly name: string; readonly ahead: string[] } {
  const targets = aliases.get(name);
  return { name, ahead: targets === undefined ? [] : [...aliasesNamedBy(targets, aliases)].reverse() };
}

function cycle(name: string, next: string, circle: readonly string[], aliases: ReadonlyMap<string, Targets>): Finding {
  const shown = circle.length <= SPELLED_OUT ? circle : [...circle.slice(0, SPELLED_OUT - 2), '…', ...circle.slice(-1)];
  const place: Placed<Targets> = { value: aliases.get(name) ?? [], path: ['models', name] };
  const closing = [...referencesIn(place)].find((placed) => placed.value === next);
  return {
    code: 'alias-cycle',
    severity: 'error',
    message: `This alias leads back to itself: ${[...shown, next].join(' → ')}. Remove one of these steps.`,
    path: closing?.path ?? place.path,
  };
}

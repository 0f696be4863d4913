import { type Expected, oddities } from './oddities.ts';
import { readPlainly } from './plainReader.ts';
import { type Random, seeded } from './random.ts';
import { oddValue } from './values.ts';

/** A policy file made from a good one. */
export interface Mutant {
  /** The place of the policy that it was made from. */
  readonly seed: number;
  /** What was done to it, for people. */
  readonly how: string;
  readonly expected: Expected;
  readonly text: string;
}

/** The same number gives the same mutant each time, whatever came before it. */
export function mutantOf(seeds: readonly string[], number: number, salt: number): Mutant {
  const random = seeded(Math.imul(number + 1, 0x9e3779b1) ^ salt);
  const seed = random.below(seeds.length);
  const text = seeds[seed] ?? '';
  switch (random.below(3)) {
    case 0: {
      const { name, expected, make } = random.pick(oddities);
      return { seed, how: name, expected, text: make(text, random) };
    }
    case 1:
      return { seed, how: 'as a text', expected: 'anything', text: mutateText(text, seeds, random) };
    default:
      return { seed, how: 'as a tree', expected: 'anything', text: mutateTree(text, seeds, random) };
  }
}

const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '/*',
  '*/',
  '//',
  '\n',
  '\r',
  '\u0000',
  '\uFEFF',
  '\ud800',
  '\udc00',
  '😀',
  'null',
  'true',
  'NaN',
  '-Infinity',
  '1e999',
  '-0',
  '0x1',
  '1.',
  '.5',
  '+1',
  "'a'",
  'undefined',
  '"__proto__":{},',
  '"constructor":{},',
  '"__proto__"',
  '\\u0000',
  '\\ud800',
  '\\x',
  '[[[[[[[[[[',
  '{"a":'.repeat(70),
  '['.repeat(5_000),
  '"when":{"not":'.repeat(12),
  '"**"',
  '"!**"',
  '"*"',
  '"deny":["*"],',
  '"allow":["*"],',
  '"block":true,',
  '"mode":"observe",',
  '"else":"native",',
];

function mutateText(text: string, seeds: readonly string[], random: Random): string {
  let mutated = text;
  for (let steps = 1 + random.below(4); steps > 0; steps -= 1) mutated = textStep(mutated, seeds, random);
  return mutated;
}

function textStep(text: string, seeds: readonly string[], random: Random): string {
  const at = random.below(text.length + 1);
  const end = Math.min(text.length, at + 1 + random.below(random.oneIn(4) ? 400 : 12));
  switch (random.below(6)) {
    case 0:
      return text.slice(0, at) + text.slice(end);
    case 1:
      return text.slice(0, end) + text.slice(at, end).repeat(1 + random.below(3)) + text.slice(end);
    case 2:
      return text.slice(0, at) + random.pick(PIECES) + text.slice(at);
    case 3:
      return text.slice(0, at) + random.pick(PIECES) + text.slice(end);
    case 4: {
      const other = random.pick(seeds);
      return text.slice(0, at) + other.slice(random.below(other.length));
    }
    default: {
      const lines = text.split('\n');
      const line = random.below(lines.length);
      return lines.toSpliced(random.below(lines.length), 0, lines[line] ?? '').join('\n');
    }
  }
}

const written = new Map<string, string>();

/** A tree of its own each time; the seeds are few, and reading them plainly takes longer than all else. */
function treeOf(seed: string): unknown {
  const json = written.get(seed) ?? JSON.stringify(readPlainly(seed));
  written.set(seed, json);
  return JSON.parse(json);
}

/** One object or list of a policy's tree, with one of its keys. */
interface Place {
  readonly holder: Record<string, unknown> | unknown[];
  readonly key: string;
}

function placesIn(value: unknown): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Place['holder'];
  return Object.entries(holder).flatMap(([key, child]) => [{ holder, key }, ...placesIn(child)]);
}

function childOf({ holder, key }: Place): unknown {
  return Reflect.get(holder, key);
}

function mutateTree(text: string, seeds: readonly string[], random: Random): string {
  const tree = treeOf(text);
  // Copies of copies soon have millions of values, and a text that large is refused unread.
  for (let steps = 1 + random.below(3); steps > 0 && placesIn(tree).length < 20_000; steps -= 1) {
    treeStep(tree, seeds, random);
  }
  return random.oneIn(2) ? JSON.stringify(tree) : JSON.stringify(tree, undefined, random.below(5));
}

function treeStep(tree: unknown, seeds: readonly string[], random: Random): void {
  const places = placesIn(tree);
  if (places.length === 0) return;
  const place = random.pick(places);
  const { holder, key } = place;
  switch (random.below(7)) {
    case 0:
      Reflect.set(holder, key, oddValue(random));
      break;
    case 1:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else Reflect.deleteProperty(holder, key);
      break;
    case 2: {
      // The same key of another policy: well formed, and seldom what this one expects.
      const others = placesIn(treeOf(random.pick(seeds))).filter((other) => other.key === key);
      if (others.length > 0) Reflect.set(holder, key, childOf(random.pick(others)));
      break;
    }
    case 3: {
      const list = places.find((other) => Array.isArray(childOf(other)) && random.oneIn(3));
      const items = list === undefined ? undefined : childOf(list);
      // Shared items are fine: the tree is only ever written out.
      if (Array.isArray(items) && items.length > 0) {
        items.push(
          ...Array.from({ length: random.pick([1, 2, 5, random.oneIn(8) ? 400 : 40]) }, () => random.pick(items)),
        );
      }
      break;
    }
    case 4:
      Reflect.set(
        holder,
        random.pick(['__proto', 'constructor', 'prototype', '', ' ', 'deny', 'id', `${key}s`, key.slice(1)]),
        childOf(place),
      );
      break;
    case 5: {
      const other = random.pick(places);
      Reflect.set(holder, key, structuredClone(childOf(other)));
      break;
    }
    default: {
      const value = childOf(place);
      Reflect.set(holder, key, Array.isArray(value) ? value[0] : [value]);
    }
  }
}

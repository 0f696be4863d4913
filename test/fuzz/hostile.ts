// Policies that are within every limit and as hard to look at as they can be made, and what an editor does with one: its
// diagnostics, a hover, a lens. What counts is processor time, so that a busy machine fails nothing.

import { groundOf } from '../../src/language-server/policy/analysis.ts';
import { hoverAt } from '../../src/language-server/policy/hover.ts';
import type { Knowledge } from '../../src/language-server/policy/knowledge.ts';
import { lensCommand, lensesOf } from '../../src/language-server/policy/lens.ts';
import type { Look } from '../../src/language-server/policy/openPolicies.ts';
import { readPolicy } from '../../src/language-server/policy/reading.ts';
import { createMemo } from '../../src/policy/analysis/memo.ts';
import { repositoryFiles, workForOneLookAtFiles } from '../../src/policy/analysis/repositoryFiles.ts';
import { reasoningSteps } from '../../src/router/policyReasoning.ts';
import { NOON, world } from '../../src/routing/testing/world.ts';

/** What an editor may be made to work for, in milliseconds of processor time. */
export const bounds = { reading: 1_500, reasoning: 1_000, answer: 300 };

const MANY = 10_000;
const FILES = 50_000;
const small = 'openai/gpt-6-luna';

/** Hostile texts by what is hostile about them. */
export function hostilePolicies(): Readonly<Record<string, string>> {
  const list = <Item>(count: number, item: (at: number) => Item): readonly Item[] =>
    Array.from({ length: count }, (_, at) => item(at));
  const classes = (when: (at: number) => object, count = MANY): object => ({
    classes: list(count, (at) => ({ id: `c${at}`, when: when(at), use: small })),
  });
  const budget = (at: number) => ({
    id: `b${at}`,
    per: 'task',
    usd: 1e-7 * at,
    when: { touches: [`**/b${at}*`] },
    // biome-ignore lint/suspicious/noThenProperty: the policy language's own word; the object is data and never awaited.
    then: 'block',
  });
  const texts: Readonly<Record<string, object>> = {
    'ten thousand classes, each with a folder of its own': classes((at) => ({
      files: [`packages/p${at % 300}/src/d${at}/**`, '!**/*.md'],
    })),
    'classes that take turns in one folder': classes(
      (at) => ({ files: [`packages/p1/src/d${at % 40}/*${at}*.ts`], diff: { lines: `<=${at}` } }),
      900,
    ),
    'ten thousand classes that nobody reaches': classes((at) =>
      at === 0 ? {} : { files: ['packages/**', `!packages/p${at}/**`], diff: { modules: `>=${at}` } },
    ),
    'classes with as many branches and exceptions as there may be': classes(
      (at) => ({
        anyOf: [{ files: [`packages/p${at}/**`] }, { touches: [`**/t${at}.ts`], not: { kind: 'chat' } }],
        not: { languages: ['go'], diff: { lines: `>${at}` } },
      }),
      2_400,
    ),
    'folders in the wrong case': classes((at) => ({ files: [`Packages/P${at}/SRC/**`] })),
    'brackets that were meant as names': classes((at) => ({ files: [`app/[id${at}]/**`] }), 900),
    'globs that only the middle of a name tells apart': classes((at) => ({ files: [`**/*a*${at}*b*/**`] }), 900),
    'stars in a row': classes(
      (at) => ({ files: [`${'*a'.repeat(200)}${at}.ts`, `packages/${'**/*/'.repeat(60)}${at}.ts`] }),
      900,
    ),
    'braces in braces': classes(
      (at) => ({ files: [`packages/{a,b,c,d}{a,b,c,d}{a,b,c,d}{a,b,c,d}${at}/**/*.ts`] }),
      390,
    ),
    'one class of forty thousand globs': classes(
      () => ({ files: list(40_000, (at) => `packages/p${at % 300}/src/d${at}/*.ts`) }),
      1,
    ),
    'one class of forty thousand exceptions': classes(
      () => ({ files: ['**', ...list(40_000, (at) => `!packages/p${at % 300}/src/d${at}/*.ts`)] }),
      1,
    ),
    'models that nobody knows': {
      classes: list(MANY, (at) => ({
        id: `c${at}`,
        when: { branch: [`b${at}/*`] },
        use: `anthropic/claude-sonet-${at}-5`,
      })),
    },
    'as many constraints, budgets and tests as there may be': {
      ...classes((at) => ({ files: [`packages/p${at}/**`] }), 3_000),
      constraints: list(500, (at) => ({
        id: `k${at}`,
        reason: 'r',
        when: { touches: [`packages/p${at}/**`] },
        deny: ['openai/*', `azure/x${at}`],
      })),
      budgets: list(200, budget),
      diversity: { minSuppliers: 2 },
      tests: list(1_000, (at) => ({
        given: { files: list(50, (file) => `packages/p${at}/src/d${file}/a.ts`) },
        expect: { class: 'c1' },
      })),
    },
    'words and words': classes(
      (at) => ({ keywords: list(2, (word) => `word ${at} ${word}`), files: [`docs/${at}/**`] }),
      900,
    ),
  };
  return Object.fromEntries(
    Object.entries(texts).map(([name, policy]) => [name, JSON.stringify({ version: 1, default: small, ...policy })]),
  );
}

/** A repository of fifty thousand files. */
export function manyFiles(): readonly string[] {
  return Array.from(
    { length: FILES },
    (_, at) =>
      `packages/p${at % 300}/src/d${Math.floor(at / 300) % 40}/${at % 7 === 0 ? 'test_' : ''}f${at}.${['ts', 'tsx', 'md', 'go'][at % 4]}`,
  );
}

/** Milliseconds of processor time. */
export interface Cost {
  /** What the text alone shows, which is told first. */
  readonly reading: number;
  /** What is told later. */
  readonly reasoning: number;
  /** The slowest of some. */
  readonly hover: number;
  readonly lens: number;
  /** Whether it was a policy at all. */
  readonly isSound: boolean;
}

/** What an editor that opens this text, and then points at it, makes its server do. */
export function costOf(text: string, paths: readonly string[]): Cost {
  const files = repositoryFiles(paths);
  const { model, price, provider, attestations } = world();
  const known = { now: NOON, attestations, model, price, provider };
  const knowledge: Knowledge = { ...known, providers: [], usage: () => undefined, spent: () => ({}) };
  const surroundings = { knowledge, listing: { files } };
  let reading = readPolicy('{}', undefined);
  const readingMs = timed(() => {
    reading = readPolicy(text, undefined);
  });
  const { sound, document } = reading;
  const reasoning = timed(() => {
    if (sound === undefined) return;
    const ground = groundOf(sound.layers, surroundings);
    const memo = createMemo();
    for (const step of reasoningSteps) step({ document, layers: sound.layers }, ground, memo);
  });
  const look: Look = { uri: 'file:///policy', version: 1, reading, surroundings };
  const answer = (ask: () => unknown): number =>
    timed(() => {
      files.work.left = workForOneLookAtFiles;
      ask();
    });
  const places = someOf([...text.matchAll(/"(?:files|touches|id)":|"[^"]*\*[^"]*"/g)].map(({ index }) => index + 2));
  const lenses = lensesOf(look);
  return {
    reading: readingMs,
    reasoning,
    hover: Math.max(0, ...places.map((place) => answer(() => hoverAt(look, place)))),
    lens: Math.max(
      timed(() => lensesOf(look)),
      ...[...someOf(lenses), ...lenses.slice(-1)].map(({ data }) => answer(() => lensCommand(look, data, ''))),
    ),
    isSound: sound !== undefined,
  };
}

function someOf<Item>(items: readonly Item[]): readonly Item[] {
  const step = Math.ceil(items.length / 20);
  return items.filter((_, at) => at % step === 0);
}

function timed(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

import { applyEdits, findNodeAtLocation, modify, type Node, parseTree } from 'jsonc-parser';
import type { PolicyTestResult } from '../routing/policyTests.ts';

const FORMAT = { formattingOptions: { insertSpaces: true, tabSize: 2 } } as const;

type Path = (string | number)[];

/** A preset's text with its targets narrowed to those that can be reached, comments kept. */
export interface Narrowed {
  readonly text: string;
  /** The targets that were taken out of some list. */
  readonly removed: readonly string[];
  /** Lists in which nothing can be reached, kept whole: a list must not be empty. */
  readonly kept: readonly (readonly string[])[];
}

/** Takes the targets that cannot be reached out of every list of targets that has one that can. */
export function narrowTargets(text: string, reaches: (provider: string) => boolean): Narrowed {
  const removed = new Set<string>();
  const kept: (readonly string[])[] = [];
  let narrowed = text;
  // From the end to the beginning, so that the places before stay where they are.
  for (const { path, node } of targetLists(text).reverse()) {
    const items = (node.children ?? []).map((item) => String(item.value));
    const targets = items.filter((item) => item.includes('/'));
    const unreached = targets.filter((target) => !reaches(target.slice(0, target.indexOf('/'))));
    if (unreached.length === 0) continue;
    if (unreached.length === items.length) {
      kept.push(items);
      continue;
    }
    for (const target of unreached) removed.add(target);
    const rest = items.filter((item) => !unreached.includes(item));
    narrowed = replaceAt(narrowed, path, rest.length === 1 ? rest[0] : rest);
  }
  return { text: narrowed, removed: [...removed].sort(), kept };
}

/** Lists whose items are all texts, where some name a target. Only `models`, `default`, `use`, `else` and the like hold those. */
function targetLists(text: string): { path: Path; node: Node }[] {
  const lists: { path: Path; node: Node }[] = [];
  const root = parseTree(text);
  const visit = (node: Node, path: Path): void => {
    if (node.type === 'property') {
      const [key, value] = node.children ?? [];
      if (key !== undefined && value !== undefined) visit(value, [...path, String(key.value)]);
    } else if (node.type === 'array' && isTargetPlace(path)) lists.push({ path, node });
    else
      for (const [place, child] of (node.children ?? []).entries()) {
        visit(child, node.type === 'array' ? [...path, place] : path);
      }
  };
  if (root !== undefined) visit(root, []);
  return lists;
}

function isTargetPlace(path: Path): boolean {
  const last = path.at(-1);
  return (
    path[0] === 'models' ||
    last === 'use' ||
    last === 'else' ||
    last === 'downgradeTo' ||
    last === 'escalateTo' ||
    path.join() === 'default'
  );
}

/** Adds globs to the list at `path`, where there is one; those that it has already are not added twice. */
export function addGlobs(text: string, path: Path, globs: readonly string[]): string {
  const root = parseTree(text);
  const node = root && findNodeAtLocation(root, path);
  if (node?.type !== 'array') return text;
  const items = (node.children ?? []).map((item) => String(item.value));
  const all = [...new Set([...items, ...globs])];
  return all.length === items.length ? text : replaceAt(text, path, all);
}

/**
 * Brings the policy's tests in line with its narrower lists: what they expect of a target becomes what is true now, and a
 * test that expects what cannot be any more is taken out.
 */
export function amendTests(text: string, results: readonly PolicyTestResult[]): string {
  let amended = text;
  for (const { index, passed, failures, decision } of [...results].reverse()) {
    if (passed) continue;
    const { outcome } = decision;
    const about = failures.map(({ path }) => path.at(-1));
    const isTarget = about.every((key) => key === 'model' || key === 'provider');
    if (!isTarget || outcome.kind !== 'routed') {
      amended = replaceAt(amended, ['tests', index], undefined);
      continue;
    }
    for (const key of about) {
      const value = key === 'model' ? outcome.target.target : outcome.target.provider;
      amended = replaceAt(amended, ['tests', index, 'expect', String(key)], value);
    }
  }
  return amended;
}

function replaceAt(text: string, path: Path, value: unknown): string {
  return applyEdits(text, modify(text, path, value, FORMAT));
}

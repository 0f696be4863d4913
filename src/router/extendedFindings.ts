import { posix } from 'node:path';
import { findNodeAtLocation } from 'jsonc-parser';
import type { CompiledPolicy } from '../policy/compiled.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import { type DocumentPath, type PolicyDocument, rangeInDocument } from '../policy/document.ts';
import { type Finding, quote } from '../policy/finding.ts';
import { innermost, type LayeredPolicy, type PolicyLayer } from '../policy/layers.ts';
import { findMistakes } from '../policy/mistakes.ts';
import { outerNames } from '../policy/outer.ts';
import { readReference } from './policies/reference.ts';

/** What reasoning shows of a layer by itself. */
export type ReasonAlone = (layer: PolicyLayer) => readonly Finding[];

/**
 * Warnings of the files that a policy extends, one diagnostic for each such file, at the entry of `extends` that brings it
 * in. Where a file of this repository has them somebody here can mend it: a warning. Those of others are worth knowing.
 * What such a file says of this repository's files is left to whoever opens it.
 */
export function extendedFindings(
  document: PolicyDocument,
  layers: LayeredPolicy,
  reasonAlone: ReasonAlone,
): readonly Diagnostic[] {
  const extended = extendedIn(layers);
  const entries = entriesIn(layers);
  return extended.flatMap((layer): readonly Diagnostic[] => {
    const found = [...mistakesOf(layer, layers), ...reasonAlone(layer)].filter(
      ({ severity }) => severity !== 'information',
    );
    const [first] = found;
    if (first === undefined) return [];
    const entry = entries.find(({ names }) => names.includes(layer.source));
    const path = placeOf(document, entry?.index);
    const others = found.length > 1 ? ` (the first of ${found.length}; open it to see the others)` : '';
    const where = first.path.length === 0 ? '' : ` at ${quote(first.path.join('.'))}`;
    const message = `${quote(layer.source)} has something to mend, ${first.code}${where}${others}: ${first.message}`;
    const severity = entry === undefined || entry.isFile ? 'warning' : 'information';
    return [{ code: 'extended-finding', severity, message, path, range: rangeInDocument(document, path) }];
  });
}

/**
 * Layers that the innermost file extends, directly or not. What the machine's baseline extends comes before it; what stands
 * for a source that is away prefers nothing, and is told as such.
 */
function extendedIn({ layers }: LayeredPolicy): readonly PolicyLayer[] {
  const baseline = layers.findLastIndex(({ origin }) => origin === 'managed');
  return layers.slice(baseline + 1).filter(({ origin, prefers }) => origin === 'extended' && prefers);
}

interface Entry {
  /** In the list; left out where there is none. */
  readonly index?: number;
  readonly isFile: boolean;
  /** What its layer may be called for people. */
  readonly names: readonly string[];
}

/** The entries of the innermost file's `extends`. */
function entriesIn(layers: LayeredPolicy): readonly Entry[] {
  const named = innermost(layers)?.policy.source.extends;
  if (named === undefined) return [];
  return [named].flat().map((source, index): Entry => {
    const written = typeof source === 'string' ? source : source.source;
    const reference = readReference(source);
    const isFile = 'kind' in reference && reference.kind === 'file';
    const names = isFile ? [posix.normalize(written)] : [written];
    return { isFile, names, ...(Array.isArray(named) ? { index } : {}) };
  });
}

/** What is only extended by another file has no entry of its own, so the whole of `extends` is pointed to. */
function placeOf({ root }: PolicyDocument, index: number | undefined): DocumentPath {
  const place = index === undefined ? ['extends'] : ['extends', index];
  const type = root && findNodeAtLocation(root, place)?.type;
  return type === 'object' ? [...place, 'source'] : place;
}

const mistakes = new WeakMap<CompiledPolicy, readonly Finding[]>();

function mistakesOf(layer: PolicyLayer, { layers }: LayeredPolicy): readonly Finding[] {
  const known = mistakes.get(layer.policy);
  if (known !== undefined) return known;
  const found = findMistakes(layer.policy.source, outerNames({ outer: layers.slice(0, layers.indexOf(layer)) }));
  mistakes.set(layer.policy, found);
  return found;
}

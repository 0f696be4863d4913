import { findNodeAtLocation } from 'jsonc-parser';
import type { CodeLens, Command } from 'vscode-languageserver/node';
import { textRange } from '../../policy/document.ts';
import { policyTestsIn } from '../../router/policyReasoning.ts';
import { formatUsd, onOneLine } from '../../routing/labels.ts';
import { toRange } from '../positions.ts';
import { groundOf } from './analysis.ts';
import { counted } from './markdown.ts';
import { matchesOf } from './matches.ts';
import type { Look } from './openPolicies.ts';

/** Classes that get a lens; of more, nobody reads them. */
const mostLenses = 1_000;
const usageMs = 7 * 24 * 60 * 60 * 1_000;

/** What a lens is about; it travels with the lens until it is resolved. */
export interface LensData {
  readonly uri: string;
  /** The index of a class; left out for the tests. */
  readonly class?: number;
}

/** Where lenses are shown: on each class, and on the tests. What they say is found out when they are. */
export function lensesOf({ uri, reading: { document } }: Look): readonly CodeLens[] {
  const { root } = document;
  const lensAt = (path: (string | number)[], data: LensData): readonly CodeLens[] => {
    const node = root && findNodeAtLocation(root, path);
    if (node === undefined) return [];
    return [{ range: toRange(textRange(document, node.offset, node.offset + 1)), data }];
  };
  const classes = root && findNodeAtLocation(root, ['classes']);
  const count = Math.min(classes?.children?.length ?? 0, mostLenses);
  return [
    ...Array.from({ length: count }, (_, index) => lensAt(['classes', index], { uri, class: index })).flat(),
    ...lensAt(['tests'], { uri }),
  ];
}

/** Whether something is what a lens of ours carries. */
export function isLensData(data: unknown): data is LensData {
  if (typeof data !== 'object' || data === null) return false;
  const of: unknown = Reflect.get(data, 'class');
  return typeof Reflect.get(data, 'uri') === 'string' && (of === undefined || Number.isInteger(of));
}

/**
 * What a lens says.
 *
 * @param command run when it is clicked; empty: nothing is
 */
export function lensCommand(look: Look | undefined, data: LensData, command: string): Command {
  const title = look === undefined ? '' : data.class === undefined ? testsTitle(look) : classTitle(look, data.class);
  // Not empty: editors leave out a lens without a title, and the lines below would jump.
  return { title: title === '' ? '…' : title, command: data.class === undefined ? '' : command };
}

function classTitle(
  { reading: { sound }, surroundings: { knowledge, listing }, workspace }: Look,
  index: number,
): string {
  const found = sound?.policy.classes[index];
  if (found === undefined) return '';
  const usage = workspace && knowledge.usage(workspace.root, knowledge.now - usageMs);
  const spend = usage?.get(found.id);
  const requests = spend?.requests ?? 0;
  const cost = spend === undefined ? '' : ` · ${formatUsd(spend.costNanoUsd)}${spend.unpriced > 0 ? ' or more' : ''}`;
  const simulated = spend !== undefined && spend.simulatedNanoUsd > 0 ? ' (simulated)' : '';
  const parts = [
    ...(listing === undefined ? [] : [filesWords(matchesOf(found.source.when, listing.files))]),
    ...(usage === undefined ? [] : [`${counted(requests, 'request')} in 7 days${cost}${simulated}`]),
  ];
  return parts.join(' · ');
}

function filesWords(matches: ReturnType<typeof matchesOf>): string {
  return matches.kind === 'any' ? 'any files' : `${counted(matches.paths.size, 'file')} here`;
}

function testsTitle({ reading: { sound }, surroundings }: Look): string {
  if (sound === undefined) return '';
  const results = policyTestsIn(sound.layers, groundOf(sound.layers, surroundings));
  const failing = results.filter(({ passed }) => !passed);
  const [first] = failing;
  const left = (sound.policy.source.tests?.length ?? 0) - results.length;
  const more = left > 0 ? ` · ${left} more are too long for here` : '';
  return first === undefined
    ? `${counted(results.length, 'test')} ${results.length === 1 ? 'passes' : 'pass'}${more}`
    : `${failing.length} of ${counted(results.length, 'test')} ${failing.length === 1 ? 'fails' : 'fail'}: ${onOneLine(first.name)}${failing.length === 1 ? '' : ', …'}${more}`;
}

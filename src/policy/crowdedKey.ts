import type { Finding } from './finding.ts';
import { limits } from './limits.ts';

/**
 * Whether a part of a policy has more entries than any part may have. Found before the parts are looked at one by one: a
 * file of nothing but mistakes makes a note of each of them, and a hundred thousand take seconds and all the memory.
 */
export function crowdedKey(value: unknown): Finding | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (entriesOf(value) > limits.entries) return crowded([]);
  const key = Object.entries(value).find(([, part]) => entriesOf(part) > limits.entries)?.[0];
  return key === undefined ? undefined : crowded([key]);
}

function crowded(path: Finding['path']): Finding {
  const most = limits.entries.toLocaleString('en-US');
  const message = `No part of a policy has more than ${most} entries; this one has, so the file was not read. Name what its entries have in common.`;
  return { code: 'too-large', severity: 'error', message, path };
}

function entriesOf(part: unknown): number {
  if (Array.isArray(part)) return part.length;
  return typeof part === 'object' && part !== null ? Object.keys(part).length : 0;
}

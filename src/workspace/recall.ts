import { limits } from './limits.ts';
import { lookClosely } from './look.ts';
import { spoilLooks } from './looks.ts';

/** A cache whose entries say what they rest on. */
export type Recall<Value> = Map<string, { readonly key: string; readonly value: Value }>;

/** What is remembered under a name, if it rests on the same key. */
export function recall<Value>(cache: Recall<Value>, name: string, key: string): Value | undefined {
  const entry = cache.get(name);
  return entry?.key === key ? entry.value : undefined;
}

/** Remembers a value; beyond {@link limits.cacheEntries} the oldest goes. */
export function remember<Value>(cache: Recall<Value>, name: string, key: string, value: Value): void {
  cache.delete(name);
  cache.set(name, { key, value });
  if (cache.size <= limits.cacheEntries) return;
  const oldest = cache.keys().next();
  if (!oldest.done) cache.delete(oldest.value);
}

/** Gives those who ask while an answer is on its way the same one; who asks afterwards has it asked anew. */
export function shared<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let underWay: Promise<Value> | undefined;
  return () => {
    if (underWay !== undefined) spoilLooks();
    underWay ??= ask().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}

/**
 * A key of a file or folder by its identity, size and times, or why it cannot be looked at, or `-` when nothing is there.
 * Undefined when it changed so lately that it may change again without a different time: then nothing may be remembered
 * about it.
 */
export async function settledKey(path: string): Promise<string | undefined> {
  const found = await lookClosely('link', path);
  if (typeof found !== 'object') return found ?? '-';
  const { ino, mode, size, mtimeNs, ctimeNs, ctimeMs } = found;
  if (Math.abs(Date.now() - Number(ctimeMs)) < limits.racyMs) return undefined;
  return `${ino}:${mode}:${size}:${mtimeNs}:${ctimeNs}`;
}

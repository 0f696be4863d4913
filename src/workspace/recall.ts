import { limits } from './limits.ts';
import { lookAtLink } from './look.ts';

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

/**
 * Shares one answer among those who ask within {@link limits.lookMs} of each other. What fails is asked again.
 */
export function shared<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let last: { readonly at: number; readonly answer: Promise<Value> } | undefined;
  return () => {
    const now = performance.now();
    if (last !== undefined && now - last.at < limits.lookMs) return last.answer;
    const asked = { at: now, answer: ask() };
    last = asked;
    asked.answer.catch(() => {
      if (last === asked) last = undefined;
    });
    return asked.answer;
  };
}

/**
 * A key of a file or folder by its identity, size and times, or `-` when nothing is there. Undefined when it changed so
 * lately that it may change again without a different time: then nothing may be remembered about it.
 */
export async function settledKey(path: string): Promise<string | undefined> {
  const found = await lookAtLink(path);
  // Nothing there, or not for us to see: the reader says which; here it is only "as before" or not.
  if (found === undefined) return '-';
  const { ino, mode, size, mtimeNs, ctimeNs, ctimeMs } = found;
  if (Math.abs(Date.now() - Number(ctimeMs)) < limits.racyMs) return undefined;
  return `${ino}:${mode}:${size}:${mtimeNs}:${ctimeNs}`;
}

import type { WrittenMembers } from './json-bytes.ts';

/** Whether some object in a JSON text has a key twice, of which what was parsed holds the last: then more are written than read. */
export function repeatsKey(written: WrittenMembers, parsed: unknown): boolean {
  return written.count !== membersRead(parsed);
}

/** How many members the objects have that were parsed. */
function membersRead(value: unknown): number {
  let members = 0;
  const left = [value];
  for (let holder = left.pop(); holder !== undefined; holder = left.pop()) {
    if (typeof holder !== 'object' || holder === null) continue;
    const inner: readonly unknown[] = Array.isArray(holder) ? holder : Object.values(holder);
    if (!Array.isArray(holder)) members += inner.length;
    for (const one of inner) if (typeof one === 'object' && one !== null) left.push(one);
  }
  return members;
}

import { limits } from './limits.ts';

/**
 * Whether there are more conditions within conditions than a person can have written. Asked before anything is made of
 * them: each becomes several objects, and is asked about at every decision.
 */
export function hasTooManyConditions(value: unknown): boolean {
  let count = 0;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const one = open.pop();
    if (typeof one !== 'object' || one === null) continue;
    for (const [key, inner] of Object.entries(one)) {
      if (typeof inner !== 'object') continue;
      if (key === 'anyOf' && Array.isArray(inner)) count += inner.length;
      else if (key === 'not') count += 1;
      open.push(inner);
    }
    if (count > limits.nestedConditions) return true;
  }
  return false;
}

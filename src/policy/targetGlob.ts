import type { ResolvedTarget } from './compiled.ts';

/** Whether a target, made by `maker` where that is known, is one that a list of target globs names. */
export type TargetMatcher = (target: ResolvedTarget, maker: string | undefined) => boolean;

const MAKER = 'maker:';

/** Whether a target glob speaks of who made the model. */
export function isMakerGlob(glob: string): boolean {
  return glob.startsWith(MAKER);
}

/**
 * Compiles a constraint's `allow` or `deny`. `*` crosses "/", every other character is itself, case counts as it does
 * in targets; `maker:anthropic` matches whoever serves it. A maker that is not known matches only `maker:*`.
 */
export function targetMatcher(globs: readonly string[]): TargetMatcher {
  const makers: WildcardMatcher[] = [];
  const targets: WildcardMatcher[] = [];
  for (const glob of globs) {
    if (isMakerGlob(glob)) makers.push(wildcardMatcher(glob.slice(MAKER.length)));
    else targets.push(wildcardMatcher(glob));
  }
  return ({ target }, maker) =>
    targets.some((matches) => matches(target)) || makers.some((matches) => matches(maker ?? ''));
}

/** Compiles a constraint's `hosts`: `*` stands for any run of characters, upper and lower case are one. */
export function hostMatcher(globs: readonly string[]): (host: string) => boolean {
  const matchers = globs.map((glob) => wildcardMatcher(glob.toLowerCase()));
  return (host) => {
    const name = host.toLowerCase();
    return matchers.some((matches) => matches(name));
  };
}

type WildcardMatcher = (text: string) => boolean;

/** `*` is any run of characters, nothing else is special. Linear in the text for each literal part, whatever the pattern. */
function wildcardMatcher(pattern: string): WildcardMatcher {
  const [head = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return (text) => text === pattern;
  const tail = rest.pop() ?? '';
  const middle = rest.filter((part) => part !== '');
  return (text) => {
    if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
    let at = head.length;
    const end = text.length - tail.length;
    for (const part of middle) {
      const found = text.indexOf(part, at);
      if (found === -1 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
}

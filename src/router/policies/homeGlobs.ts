import { posix } from 'node:path';
import { minimatch } from 'minimatch';
import type { Policy, When } from '../../policy/schema.ts';

/** Where the home folder lies, as the globs of one repository see it. Paths are absolute, with "/" and without a drive. */
export interface HomePlace {
  readonly home: string;
  readonly root: string;
}

/** A path as facts and globs have it: what lies outside the repository is spoken of without its root or drive. */
export function slashed(path: string): string {
  return path.replaceAll('\\', '/').replace(/^[A-Za-z]:/, '');
}

/**
 * A baseline's policy with `~/` of its globs put into the paths that it means here. Outside the repository that is the
 * path without its first "/"; inside it, where the repository lies in the home folder or around it, the way from its root.
 */
export function withHome(policy: Policy, place: HomePlace): Policy {
  const each = (globs: readonly string[]): string[] => globs.flatMap((glob) => homeGlob(glob, place));
  const { modules, diff } = policy;
  return {
    ...policy,
    ...(policy.classes && { classes: policy.classes.map((rule) => ({ ...rule, when: inWhen(rule.when, each) })) }),
    ...(policy.constraints && { constraints: policy.constraints.map((rule) => withWhen(rule, each)) }),
    ...(policy.budgets && { budgets: policy.budgets.map((rule) => withWhen(rule, each)) }),
    ...(diff?.ignore && { diff: { ...diff, ignore: each(diff.ignore) } }),
    ...(typeof modules === 'object' && {
      modules: {
        ...modules,
        ...(modules.roots && { roots: each(modules.roots) }),
        ...(modules.support && { support: each(modules.support) }),
      },
    }),
  };
}

function withWhen<Rule extends { when?: When | undefined }>(
  rule: Rule,
  each: (globs: readonly string[]) => string[],
): Rule {
  return rule.when === undefined ? rule : { ...rule, when: inWhen(rule.when, each) };
}

function inWhen(when: When, each: (globs: readonly string[]) => string[]): When {
  return {
    ...when,
    ...(when.files && { files: each(when.files) }),
    ...(when.touches && { touches: each(when.touches) }),
    ...(when.not && { not: inWhen(when.not, each) }),
    ...(when.anyOf && { anyOf: when.anyOf.map((part) => inWhen(part, each)) }),
  };
}

/** The globs that `~/…` stands for in a repository; any other glob is left as it is. */
export function homeGlob(glob: string, { home, root }: HomePlace): readonly string[] {
  const [, sign = '', rest] = /^(!?)~\/(.+)$/s.exec(glob) ?? [];
  if (rest === undefined) return [glob];
  const fromRoot = posix.relative(root, home);
  const outside = `${literal(home.replace(/^\/+/, ''))}/${rest}`;
  const isHomeInside = fromRoot === '' || !(fromRoot === '..' || fromRoot.startsWith('../'));
  const inside = isHomeInside
    ? [fromRoot === '' ? rest : `${literal(fromRoot)}/${rest}`]
    : below(rest, posix.relative(home, root));
  return [outside, ...inside].map((meant) => `${sign}${meant}`);
}

/** What is left of a glob below the home folder for a repository further down, if any of its paths can match. */
function below(glob: string, way: string): readonly string[] {
  if (way === '..' || way.startsWith('../')) return [];
  let parts = glob.split('/');
  for (const folder of way.split('/')) {
    const [first = '', ...others] = parts;
    if (first === '**') return [parts.join('/')];
    if (others.length === 0 || !minimatch(folder, first, { dot: true, nocomment: true, nonegate: true })) return [];
    parts = others;
  }
  return [parts.join('/')];
}

/** A path of which no character means anything to a glob. */
function literal(path: string): string {
  return path.replaceAll(/[\\*?[\]{}()!+@|]/g, '\\$&');
}

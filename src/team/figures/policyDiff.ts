import type { ClassOfWork, Policy } from '../../policy/schema.ts';

/** A line of a change: what stays, what goes, what comes. */
export interface DiffLine {
  readonly kind: ' ' | '-' | '+';
  readonly text: string;
}

type Chain = NonNullable<ClassOfWork['use']>;
type Target = Exclude<Chain, readonly unknown[]>;

/**
 * How a policy's text would be changed so that a class goes to another target first; what it names today comes after it. A
 * class may say itself where it goes, or the policy's `routes` do.
 *
 * @param to `provider/model`
 * @returns undefined where the policy has no such class
 */
export function policyDiff(policy: Policy, ofClass: string, to: string): readonly DiffLine[] | undefined {
  if (ofClass === 'default') return ofDefault(policy.default, to);
  const { routes = {}, classes = [] } = policy;
  const key = `${JSON.stringify(ofClass)}: {`;
  if (Object.hasOwn(routes, ofClass)) return changed(['"routes": {', key], routes[ofClass]?.use, to);
  const declared = classes.find(({ id }) => id === ofClass);
  if (declared === undefined) return undefined;
  if (declared.use === undefined) return changed(['"routes": {', key], undefined, to);
  return changed(['"classes": [', `{ "id": ${JSON.stringify(ofClass)},`], declared.use, to);
}

function ofDefault(written: Policy['default'], to: string): readonly DiffLine[] {
  if (typeof written === 'object' && 'use' in written) return changed(['"default": {'], written.use, to);
  return changed([], written as Chain | undefined, to, 'default');
}

function changed(
  path: readonly string[],
  chain: Chain | undefined,
  to: string,
  name: 'use' | 'default' = 'use',
): readonly DiffLine[] {
  const before: readonly Target[] = chain === undefined ? [] : [chain].flat();
  const others = before.filter((target) => (typeof target === 'string' ? target : target.model) !== to);
  const indent = '  '.repeat(path.length + 1);
  const line = (value: unknown): string => `${indent}${JSON.stringify(name)}: ${written(value)}`;
  return [
    ...path.map((text, place): DiffLine => ({ kind: ' ', text: `${'  '.repeat(place + 1)}${text}` })),
    ...(chain === undefined ? [] : [{ kind: '-', text: line(chain) } as const]),
    { kind: '+', text: line(others.length === 0 ? to : [to, ...others]) },
  ];
}

/** As people write it: a blank after each comma. */
function written(value: unknown): string {
  return Array.isArray(value) ? `[${value.map((one) => JSON.stringify(one)).join(', ')}]` : JSON.stringify(value);
}

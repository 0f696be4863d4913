import { checkPolicy, type ModelKnowledge } from '../../src/policy/check.ts';
import { compilePolicy } from '../../src/policy/compile.ts';
import type { CompiledPolicy } from '../../src/policy/compiled.ts';
import { layered, oneLayer, type PolicyLayer } from '../../src/policy/layers.ts';
import { type ParsedPolicy, parsePolicy } from '../../src/policy/parse.ts';
import type { Policy } from '../../src/policy/schema.ts';
import { decide } from '../../src/routing/decide.ts';
import type { Decision } from '../../src/routing/decision.ts';
import type { Facts } from '../../src/routing/facts.ts';
import { toMarkdown } from '../../src/routing/markdown.ts';
import { world } from '../../src/routing/testing/world.ts';
import type { Mutant } from './mutate.ts';
import { readPlainly } from './plainReader.ts';

/** What came of one mutant. */
export interface Judged {
  /** Whether it is a policy; if not, the last good one stays in force. */
  readonly accepted: boolean;
  /** What should not have come of it. */
  readonly problem?: string;
}

/** Of the decisions on all requests together, in characters of JSON. */
const LARGEST = 4 * 1024 * 1024;

const STATE = world({ tokens: 2_000 });

const KNOWLEDGE: ModelKnowledge = {
  knowsProvider: (provider) => STATE.provider(provider) !== undefined,
  knowsModel: (provider, model) => STATE.model(provider, model) !== undefined,
  priced: (provider, model) => STATE.price(provider, model) !== undefined,
};

/** Requests that meet every kind of rule of the seeds, and one whose paths no repository has. */
const REQUESTS: readonly Facts[] = [
  {
    kind: 'agent',
    files: [file('packages/core/src/a.ts'), file('packages/ui/src/b.ts')],
    text: 'rename it',
    branch: 'main',
  },
  { kind: 'chat', files: [], reads: ['config/.env.local', 'keys/server.pem'], client: 'cli', team: 'core' },
  { kind: 'completion', files: [file('docs/readme.md')], context: { tokens: 900, tools: false, images: false } },
  { kind: 'plan', files: [file('api/v1/orders.proto'), file('x/ledger/a.go'), file('web/gen/c.ts'), file('d/e.rs')] },
  { kind: 'edit', files: [file('data/pii/people.csv')] },
  { kind: 'review' },
  {
    kind: 'agent',
    files: [
      '../../etc/passwd',
      '/abs/x',
      'C:\\x',
      '',
      '.',
      'a//b',
      '__proto__',
      'constructor',
      '\ud800',
      'a/\u0000/b',
    ].map(file),
    reads: ['toString', '😀/é.pem', 'x'.repeat(5_000), 'a/'.repeat(2_000)],
  },
];

function file(path: string): NonNullable<Facts['files']>[number] {
  return { path, added: 120, deleted: 100 };
}

/** Judges mutants of these policies. @throws when one of the policies has an error itself. */
export function judgeOf(seeds: readonly string[]): (mutant: Mutant) => Judged {
  const good = seeds.map((text) => {
    const { policy } = parsePolicy(text);
    if (policy === undefined) throw new Error('A policy that mutants are made from has an error itself.');
    return { plain: canonical(readPlainly(text)), compiled: compilePolicy(policy, 'mutant'), policy };
  });
  const decided = good.map(({ compiled }) => JSON.stringify(decideAll(compiled)));
  const baselines = good.map(({ policy }) => baselineOf(policy));
  return (mutant) => {
    const parsed = parsePolicy(mutant.text);
    const { policy } = parsed;
    const odd = oddDiagnostics(parsed);
    if (odd !== undefined) return { accepted: policy !== undefined, problem: odd };
    if (policy === undefined) {
      const isWanted = mutant.expected !== 'same';
      const [first] = parsed.diagnostics;
      return { accepted: false, ...(isWanted ? {} : { problem: `was refused: ${first?.message}` }) };
    }
    if (mutant.expected === 'refused') return { accepted: true, problem: 'was not refused' };
    const compiled = compilePolicy(policy, 'mutant');
    const decisions = decideAll(compiled);
    const written = JSON.stringify(decisions);
    const problem =
      otherThanWritten(mutant.text, policy) ??
      lostRules(policy, compiled) ??
      useless(parsed, compiled, decisions) ??
      (written.length > LARGEST ? `its decisions have ${written.length} characters` : undefined) ??
      (mutant.expected === 'same' && written !== decided[mutant.seed]
        ? 'decides otherwise than its seed'
        : undefined) ??
      // Any policy as the repository's, below another that a mutant of it would like to be rid of.
      baselines[(mutant.seed + mutant.text.length) % baselines.length]?.(policy);
    return { accepted: true, ...(problem === undefined ? {} : { problem }) };
  };
}

function decideAll(compiled: CompiledPolicy): readonly Decision[] {
  const inForce = oneLayer(compiled);
  return REQUESTS.map((facts) => decide(inForce, facts, STATE));
}

/** Diagnostics that an editor could not show, or a policy with an error. */
function oddDiagnostics({ policy, diagnostics, document }: ParsedPolicy): string | undefined {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  if (policy === undefined && errors === 0) return 'no policy, and no error that says why';
  if (policy !== undefined && errors > 0) return 'a policy in spite of an error';
  if (diagnostics.length > 200) return `${diagnostics.length} diagnostics`;
  const lines = document.lineStarts.length;
  const misplaced = diagnostics.find(
    ({ range, message }) =>
      range.start < 0 ||
      range.end < range.start ||
      range.end > document.text.length ||
      range.endLine > lines ||
      message === '',
  );
  return misplaced === undefined ? undefined : `a diagnostic outside the text: ${misplaced.message}`;
}

/** Whatever is written is in the policy, and nothing else. */
function otherThanWritten(text: string, policy: Policy): string | undefined {
  let plain: unknown;
  try {
    plain = readPlainly(text);
  } catch (error) {
    return `was read, and should not have been: ${String(error)}`;
  }
  return canonical(plain) === canonical(policy) ? undefined : 'the policy is not what is written';
}

function lostRules(policy: Policy, compiled: CompiledPolicy): string | undefined {
  const kinds = ['classes', 'constraints', 'budgets'] as const;
  const lost = kinds.find((kind) => (policy[kind]?.length ?? 0) !== compiled[kind].length);
  return lost === undefined ? undefined : `lost some ${lost}`;
}

/** Whatever is shown of a policy can be made, and is the same each time. */
function useless(parsed: ParsedPolicy, compiled: CompiledPolicy, once: readonly Decision[]): string | undefined {
  checkPolicy(parsed.document, compiled, KNOWLEDGE);
  const [request = { kind: 'chat' }] = REQUESTS;
  const again = decide(oneLayer(compiled), request, STATE);
  if (JSON.stringify(again) !== JSON.stringify(once[0])) return 'decides differently the second time';
  for (const decision of once) if (toMarkdown(decision).length > 200_000) return 'its explanation is endless';
  return undefined;
}

/** Says what a policy below this baseline gets past: a target that the baseline does not admit, or a gate that it asks for. */
function baselineOf(baseline: Policy): (child: Policy) => string | undefined {
  const outer: PolicyLayer = {
    name: 'org',
    origin: 'managed',
    of: 'both',
    source: 'baseline',
    prefers: true,
    policy: compilePolicy(baseline, 'baseline', { name: 'org' }),
  };
  const alone = REQUESTS.map((facts) => decide(layered([outer], 'alone'), facts, STATE));
  const admits = new Map<string, boolean>();
  const isAdmitted = (target: string, request: number): boolean => {
    const key = `${request} ${target}`;
    const known = admits.get(key);
    if (known !== undefined) return known;
    const { routes: _routes, ...rest } = baseline;
    const probe = { ...rest, default: target, classes: [], mode: 'enforce' as const };
    const facts = REQUESTS[request] ?? { kind: 'chat' };
    const { outcome } = decide(oneLayer(compilePolicy(probe, 'probe')), facts, STATE);
    admits.set(key, outcome.kind === 'native' || (outcome.kind === 'routed' && outcome.target.target === target));
    return admits.get(key) ?? false;
  };
  return (child) => {
    const own = compilePolicy(child, 'child', { outer: [outer] });
    const inner: PolicyLayer = {
      name: '',
      origin: 'repository',
      of: 'both',
      source: 'child',
      prefers: true,
      policy: own,
    };
    for (const [request, facts] of REQUESTS.entries()) {
      const decision = decide(layered([outer, inner], 'both'), facts, STATE);
      const missing = alone[request]?.gates.find((gate) => !decision.gates.includes(gate));
      if (missing !== undefined) return `rids itself of the baseline's gate ${missing} in request ${request}`;
      if (outer.policy.source.mode === 'observe' || outer.policy.source.mode === 'warn') continue;
      if (decision.outcome.kind !== 'routed') continue;
      const { target } = decision.outcome.target;
      if (!isAdmitted(target, request)) return `gets ${target} past the baseline in request ${request}`;
    }
    return undefined;
  };
}

/** The same text for the same value, whatever the order of its keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return Object.is(inner, -0) ? 0 : inner;
    const entries = Object.entries(inner).filter(([, child]) => child !== undefined);
    return entries.sort(([a], [b]) => (a < b ? -1 : 1));
  });
}

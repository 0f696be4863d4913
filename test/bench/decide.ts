// How long one whole decision takes (classes, constraints, budgets, capability, health, reasons), for the team preset and for
// 10,000 class rules, against a naive loop that asks minimatch about every class and does nothing else. One run, the same
// requests; no path comes twice, so nothing is remembered. `node test/bench/decide.ts`
import { readFileSync } from 'node:fs';
import { compilePolicy } from '../../src/policy/compile.ts';
import type { Clause, CompiledPolicy } from '../../src/policy/compiled.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import type { Policy } from '../../src/policy/schema.ts';
import { decide } from '../../src/routing/decide.ts';
import type { Facts } from '../../src/routing/facts.ts';
import type { State } from '../../src/routing/state.ts';

const RULES = 10_000;
const DECISIONS = 20_000;
const NAIVE_LOOPS = 200;
const WARM_UP = 2_000;

const TARGET = 'acme/large';

/** Ten thousand classes as a large organisation writes them: by folder, by kind of file, by a folder's name anywhere. */
function manyRules(): Policy {
  const globs = (n: number): string[] => {
    const forms = [
      [`services/team-${n % 97}/svc-${n}/**`],
      [`services/team-${n % 97}/svc-${n}/**/*.{ts,tsx}`, `!services/team-${n % 97}/svc-${n}/gen/**`],
      [`**/feature-${n}/**`],
      [`libs/lib-${n}/**/*.test.*`],
      [`**/*.ext${n}`],
      [`{apps,packages}/app-${n}/{src,lib}/**`],
    ];
    return forms[n % forms.length] ?? [];
  };
  const classes = Array.from({ length: RULES }, (_, n) => ({ id: `c${n}`, when: { files: globs(n) }, use: TARGET }));
  return { version: 1, default: TARGET, classes };
}

function stateOfTheWorld(): State {
  const rates = { input: 3000, output: 15_000, cacheRead: 300, cacheWrite: 3750 };
  const nothing = { spentNanoUsd: 0, reservedNanoUsd: 0 };
  return {
    now: 0,
    provider: (id) => ({ id, usable: true, serves: { chat: true, completion: true } }),
    model: () => undefined,
    price: () => ({ rates, tiers: [], source: 'user', asOf: '2026-01-01' }),
    unhealthy: () => undefined,
    spent: { 'dev-day': nothing, 'team-month': nothing },
    taskSpentNanoUsd: 0,
    attestations: [],
    outputTokens: { low: 100, high: 2000 },
    inputTokens: () => ({ low: 900, high: 1100 }),
    trusted: true,
  };
}

type Request = (n: number) => Facts;

/** Work on one file, on three files of one module, and on files that lie in many modules. */
const requests: readonly (readonly [string, Request])[] = [
  ['one file, no class matches', (n) => facts([`services/team-${n % 97}/other/src/part-${n}.ts`])],
  [
    'one file, a class matches',
    (n) => facts([`services/team-${((n * 6) % RULES) % 97}/svc-${(n * 6) % RULES}/file-${n}.go`]),
  ],
  ['twenty files', (n) => facts(Array.from({ length: 20 }, (_, k) => `packages/p${k}/src/file-${n}-${k}.ts`))],
];

function facts(paths: readonly string[]): Facts {
  return {
    kind: 'agent',
    files: paths.map((path) => ({ path, added: 10, deleted: 2 })),
    context: { tokens: 1000, tools: true, images: false },
    text: 'Please make the retry policy of this client configurable and keep the old default.',
  };
}

/** The first class whose globs match, asked one after the other; only what the rules of this benchmark contain. */
function naiveClass(policy: CompiledPolicy, { files = [] }: Facts): string {
  const isTrue = (clause: Clause): boolean =>
    clause.key === 'files' && files.every(({ path }) => policy.index.sets[clause.set]?.test(path) === true);
  return policy.classes.find(({ when }) => when.clauses.every(isTrue))?.id ?? 'default';
}

function measure(times: number, once: (n: number) => unknown): { readonly p50: number; readonly p99: number } {
  const taken = Array.from({ length: times }, (_, n) => {
    const started = performance.now();
    once(n);
    return (performance.now() - started) * 1000;
  }).sort((a, b) => a - b);
  return { p50: taken[Math.floor(times * 0.5)] ?? 0, p99: taken[Math.floor(times * 0.99)] ?? 0 };
}

const state = stateOfTheWorld();
const { policy: teamPolicy } = parsePolicy(readFileSync(new URL('../../policies/team.json', import.meta.url), 'utf8'));
if (teamPolicy === undefined) throw new Error('policies/team.json has errors; run the unit tests to see them.');
const policies: readonly (readonly [string, CompiledPolicy, boolean])[] = [
  ['team preset', compilePolicy(teamPolicy, 'bench'), false],
  [`${RULES} rules`, compilePolicy(manyRules(), 'bench'), true],
];

for (const [policyName, policy, hasNaiveLoop] of policies) {
  for (const [requestName, request] of requests) {
    measure(WARM_UP, (n) => decide(policy, request(n), state));
    const all = Array.from({ length: DECISIONS }, (_, n) => request(n + WARM_UP));
    const decided = measure(DECISIONS, (n) => decide(policy, all[n] ?? { kind: 'chat' }, state));
    const line = `${policyName}, ${requestName}: decision p50 ${decided.p50.toFixed(1)} µs, p99 ${decided.p99.toFixed(1)} µs`;
    if (!hasNaiveLoop) {
      console.log(line);
      continue;
    }
    for (const sample of all.slice(0, 20)) {
      if (naiveClass(policy, sample) !== decide(policy, sample, state).class) throw new Error('The two do not agree.');
    }
    const naive = measure(NAIVE_LOOPS, (n) => naiveClass(policy, all[n] ?? { kind: 'chat' }));
    console.log(
      `${line}; naive loop p50 ${naive.p50.toFixed(0)} µs, p99 ${naive.p99.toFixed(0)} µs; ` +
        `ratio ${(naive.p50 / decided.p50).toFixed(0)} (p99 ${(naive.p99 / decided.p99).toFixed(0)})`,
    );
  }
}

// How long one whole decision takes (classes, constraints, budgets, capability, health, reasons): for the team preset, and
// for 10,000 class rules against a naive loop that asks minimatch about every class and does nothing else. Both get the
// same requests; no path comes twice, so nothing is remembered.
import { readFileSync } from 'node:fs';
import { compilePolicy } from '../../src/policy/compile.ts';
import type { Clause, CompiledPolicy } from '../../src/policy/compiled.ts';
import { oneLayer } from '../../src/policy/layers.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import type { Policy } from '../../src/policy/schema.ts';
import { decide } from '../../src/routing/decide.ts';
import type { Facts } from '../../src/routing/facts.ts';
import type { State } from '../../src/routing/state.ts';
import { everythingWorks } from '../../src/routing/works.ts';
import { microseconds, type Report, type Row, ratio } from './report.ts';
import { race, timeEach, timesAsLong, typical } from './timing.ts';

const RULES = 10_000;
const ROUNDS = 5;
const DECISIONS = 4_000;
const NAIVE_LOOPS = 30;
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
    ...everythingWorks({
      now: 0,
      model: () => undefined,
      price: () => ({ rates, tiers: [], source: 'user', asOf: '2026-01-01' }),
    }),
    spent: { 'dev-day': nothing, 'team-month': nothing },
    outputTokens: { low: 100, high: 2000 },
    inputTokens: () => ({ low: 900, high: 1100 }),
  };
}

type Request = (n: number) => Facts;

/** Work on one file, with and without a class for it, and on files that lie in many modules. */
const requests: readonly (readonly [string, Request])[] = [
  ['one file, no rule for it', (n) => facts([`services/team-${n % 97}/other/src/part-${n}.ts`])],
  [
    'one file, a rule for it',
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

function teamPreset(): Policy {
  const { policy } = parsePolicy(readFileSync(new URL('../../policies/team.json', import.meta.url), 'utf8'));
  if (policy === undefined) throw new Error('policies/team.json has errors; run the unit tests to see them.');
  return policy;
}

export async function measure(): Promise<Report> {
  const state = stateOfTheWorld();
  const team = compilePolicy(teamPreset(), 'bench');
  const many = compilePolicy(manyRules(), 'bench');
  for (const [, request] of requests) {
    for (let n = 0; n < 20; n++) {
      if (naiveClass(many, request(n)) !== decide(oneLayer(many), request(n), state).class) {
        throw new Error(`The naive loop and the decision do not agree on ${JSON.stringify(request(n).files)}.`);
      }
    }
  }
  const rows: Row[] = [];
  for (const [policyName, policy, naiveLoops] of [
    ['team preset', team, DECISIONS],
    [`${RULES} rules`, many, NAIVE_LOOPS],
  ] as const) {
    for (const [requestName, request] of requests) {
      const inForce = oneLayer(policy);
      timeEach(WARM_UP, (n) => decide(inForce, request(n), state));
      const ask = (times: number, answer: (facts: Facts) => unknown) => (round: number) => {
        const all = Array.from({ length: times }, (_, n) => request(WARM_UP + round * DECISIONS + n));
        return timeEach(times, (n) => answer(all[n] ?? { kind: 'chat' }));
      };
      const { decided, naive } = await race(ROUNDS, {
        decided: ask(DECISIONS, (one) => decide(inForce, one, state)),
        naive: ask(naiveLoops, (one) => naiveClass(policy, one)),
      });
      const { p50, p99 } = typical(decided);
      rows.push({
        what: `${policyName}, ${requestName}`,
        figures: {
          p50: microseconds(p50),
          p99: microseconds(p99),
          'naive p50': microseconds(typical(naive).p50),
          'naive takes': ratio(timesAsLong(naive, decided)),
        },
      });
    }
  }
  return {
    rows,
    notes: [
      `${ROUNDS} rounds in turn, ${DECISIONS} decisions each. The naive loop asks for globs and nothing else: for the ` +
        'preset it shows what the rest of a decision costs, for many rules what the index saves.',
    ],
    broken: [],
  };
}

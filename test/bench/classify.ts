// How well a preset tells how much thought a piece of work asks for, on real commits whose authors said what they
// are, beside simpler rules. Paths and line counts are all it sees, so modules are told from paths.
//   --data DIR      has commits-tune.jsonl.gz: one commit a line, see commits.ts
//   --policy FILE   another policy than policies/team.json; its classes must be among those of TIER_OF
//   --sample NAME   `natural` (the default), `balanced` or `all`
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../../scripts/steps.ts';
import { compilePolicy } from '../../src/policy/compile.ts';
import { oneLayer } from '../../src/policy/layers.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import type { Policy, When } from '../../src/policy/schema.ts';
import { decide } from '../../src/routing/decide.ts';
import { world } from '../../src/routing/testing/world.ts';
import { type LabelledCommit, readCommits, requestOf, TIERS, type Tier, VIEWS, type View } from './commits.ts';
import { count, percent, type Report, type Row } from './report.ts';

const DATA = 'commits-tune.jsonl.gz';

/** What each class of the presets `team` and `solo` takes the work for. */
const TIER_OF: Readonly<Record<string, Tier>> = {
  inline: 'routine',
  utility: 'routine',
  tests: 'routine',
  docs: 'routine',
  chores: 'routine',
  routine: 'routine',
  'module-work': 'intra',
  default: 'intra',
  architecture: 'cross',
  easy: 'routine',
  big: 'cross',
};

/** One commit's label beside what a policy said of it. */
interface Judged {
  readonly commit: LabelledCommit;
  readonly tier: Tier;
  readonly hasGate: boolean;
}

export async function measure(args: readonly string[]): Promise<Report> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      policy: { type: 'string', default: join(ROOT, 'policies', 'team.json') },
      sample: { type: 'string', default: 'natural' },
    },
  });
  if (values.data === undefined) {
    return { rows: [], notes: [`Name the folder that has ${DATA}: npm run bench:classify -- --data DIR`], broken: [] };
  }
  const commits = readCommits(join(values.data, DATA)).filter(
    ({ stratum }) => values.sample === 'all' || stratum === values.sample,
  );
  if (commits.length === 0) throw new Error(`${DATA} has no commits of the sample "${values.sample}".`);
  const policy = readPolicy(values.policy);
  const full = judge(policy, commits, 'full');
  const groups = (of: (commit: LabelledCommit) => string): readonly Row[] =>
    [...new Set(commits.map(of))].map((name) =>
      row(
        `full: ${name}`,
        full.filter(({ commit }) => of(commit) === name),
      ),
    );
  return {
    rows: [
      ...VIEWS.map((view) => row(`${view}: the policy`, view === 'full' ? full : judge(policy, commits, view))),
      ...BASELINES.flatMap(([name, when]) => {
        const simple: Policy = {
          version: 1,
          default: 'mid/mid',
          classes: [{ id: 'routine', when, use: 'small/small' }],
        };
        return VIEWS.map((view) => row(`${view}: ${name}`, judge(simple, commits, view)));
      }),
      ...groups(({ lang }) => lang),
      ...groups(({ repo }) => repo),
    ],
    notes: [confusion(full)],
    broken: [],
  };
}

/** @throws when the file is no policy, or has a class whose tier nobody said */
function readPolicy(file: string): Policy {
  const { policy } = parsePolicy(readFileSync(file, 'utf8'));
  if (policy === undefined) throw new Error(`${file} is no policy; routing-policy check says why.`);
  for (const { id } of policy.classes ?? []) {
    if (!Object.hasOwn(TIER_OF, id))
      throw new Error(`Nobody said what class "${id}" of ${file} is worth: see TIER_OF.`);
  }
  return policy;
}

/** Tests, docs and chores as one would write them first. */
const FIRST_GLOBS: readonly string[] = [
  '**/{test,tests,__tests__,e2e,testdata,fixtures}/**',
  '**/*.{test,spec}.*',
  '**/*_test.go',
  '**/test_*.py',
  '**/*.{md,mdx,rst,adoc}',
  '**/docs/**',
  '.github/**',
  '**/{package.json,Cargo.toml,go.mod,pyproject.toml,Makefile,Dockerfile*}',
];

/** Rules that do not count modules: everything is routine; one matching file makes it so; all files have to match. */
const BASELINES: readonly (readonly [name: string, when: When])[] = [
  ['always routine', {}],
  ['any file matches', { touches: [...FIRST_GLOBS] }],
  ['all files match', { files: [...FIRST_GLOBS] }],
];

function judge(policy: Policy, commits: readonly LabelledCommit[], view: View): readonly Judged[] {
  const inForce = oneLayer(compilePolicy(policy, 'bench'));
  const state = world();
  return commits.map((commit) => {
    const { class: name, gates } = decide(inForce, requestOf(commit, view), state);
    return { commit, tier: TIER_OF[name] ?? 'intra', hasGate: gates.length > 0 };
  });
}

function row(what: string, judged: readonly Judged[]): Row {
  const share = (holds: (one: Judged) => boolean) => percent((100 * judged.filter(holds).length) / judged.length);
  return {
    what,
    figures: {
      commits: count(judged.length),
      right: share((one) => tooHigh(one) === 0),
      'under-routed': share((one) => tooHigh(one) < 0),
      'over-routed': share((one) => tooHigh(one) > 0),
      gated: share(({ hasGate }) => hasGate),
    },
  };
}

/** How many tiers above its label the work was put; below 0, under it. */
function tooHigh({ commit, tier }: Judged): number {
  return TIERS.indexOf(tier) - TIERS.indexOf(commit.label.tier);
}

/** What was taken for what. */
function confusion(judged: readonly Judged[]): string {
  const lines = TIERS.map((label) => {
    const of = judged.filter(({ commit }) => commit.label.tier === label);
    const taken = TIERS.map((tier) => `${of.filter((one) => one.tier === tier).length} ${tier}`);
    return `${of.length} ${label} taken for ${taken.join(', ')}`;
  });
  return `Full: ${lines.join('; ')}.`;
}

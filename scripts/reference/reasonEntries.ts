import type { Reason, RemovalReason } from '../../src/routing/decision.ts';

/** What the page about explanations says of one kind of reason; its sentence is made by the program. */
interface Entry<Kind> {
  readonly example: Kind;
  readonly todo: string;
}

type Entries<Union extends { readonly kind: string }> = {
  readonly [kind in Union['kind']]: Entry<Extract<Union, { kind: kind }>>;
};

const MILLION = 1_000_000;
const USD = 1_000_000_000;
const cache = { cachedTokens: 48_000, coldNanoUsd: 240 * MILLION, warmNanoUsd: 24 * MILLION };

/** Every kind of reason that a decision can give: one without an entry does not compile. */
export const reasonEntries: Entries<Reason> = {
  'class-matched': {
    example: {
      kind: 'class-matched',
      class: 'wide',
      clauses: [{ key: 'diff', measure: 'modules', range: { text: '>=2', min: 2, max: Number.POSITIVE_INFINITY } }],
    },
    todo: 'Nothing. If you expected another class, read the lines “Passed over …”: each names the first condition that did not hold.',
  },
  'default-used': { example: { kind: 'default-used' }, todo: 'Add a class if this work should go elsewhere.' },
  'no-policy': {
    example: { kind: 'no-policy' },
    todo: 'Add a policy: *Routing Policy: Create Policy*, or `routing-policy init`.',
  },
  untrusted: { example: { kind: 'untrusted' }, todo: 'Trust the workspace if you know where it comes from.' },
  'constraint-applied': {
    example: {
      kind: 'constraint-applied',
      rule: 'no-direct',
      reason: 'only contracted endpoints',
      certain: true,
      removed: 2,
    },
    todo: 'Nothing: the next target of the route serves. Where it says that not all facts are known, the rule holds to be safe.',
  },
  'constraint-observed': {
    example: { kind: 'constraint-observed', rule: 'eu-only', reason: 'outsourcing register', removed: 1 },
    todo: 'Nothing is held back. Take `"mode": "observe"` away when the rule is ready.',
  },
  'blocked-by': {
    example: { kind: 'blocked-by', rule: 'secrets', reason: 'secrets are never sent to a model', certain: true },
    todo: 'Take the files that it guards out of the request, or ask the owners of the policy.',
  },
  'else-used': {
    example: { kind: 'else-used', rule: 'customer-data' },
    todo: 'Nothing: the rule brought its own targets.',
  },
  budget: {
    example: {
      kind: 'budget',
      outcome: {
        id: 'dev-day',
        per: 'developer',
        period: 'day',
        limitNanoUsd: 25 * USD,
        spentNanoUsd: 24_700 * MILLION,
        shortfall: { target: 'anthropic/claude-opus-5-5', leftNanoUsd: 300 * MILLION, requestNanoUsd: 450 * MILLION },
        did: 'downgraded',
      },
    },
    todo: 'Wait for the next period, send less, or ask for a larger budget. Where nothing is said of what is left, all of it is spent. A budget of a team or an organisation is counted by the team’s server: join the team, or wait until it answers.',
  },
  gate: {
    example: { kind: 'gate', gate: 'senior', rule: 'senior-eyes', who: ['@acme/staff-engineers'] },
    todo: 'Have it reviewed before it is merged. `routing-policy gate` lists what a branch needs.',
  },
  'gate-not-enforced': {
    example: { kind: 'gate-not-enforced', gate: 'senior' },
    todo: 'Make `routing-policy gate` a required check, see [Test it in CI](ci.md).',
  },
  'candidate-removed': {
    example: {
      kind: 'candidate-removed',
      target: 'copilot/mai-code-1.1-flash',
      reason: { kind: 'not-configured', provider: 'copilot' },
    },
    todo: 'See the table of targets below.',
  },
  routed: {
    example: { kind: 'routed', target: 'openai/gpt-6-luna', place: 1 },
    todo: 'Read which targets were taken away before it, if you expected the first.',
  },
  native: { example: { kind: 'native' }, todo: "Nothing: the editor's own completions answer." },
  unpriced: {
    example: { kind: 'unpriced', target: 'onprem/qwen3-coder' },
    todo: 'Write its price into `prices` of the policy, or into the provider’s settings.',
  },
  'mode-observe': {
    example: { kind: 'mode-observe', served: 'anthropic/claude-opus-5-5' },
    todo: 'Nothing is carried out yet. Set `"mode": "enforce"` when the record looks right.',
  },
  'mode-warn': {
    example: { kind: 'mode-warn', rule: 'secrets' },
    todo: 'This would be a refusal under `"mode": "enforce"`.',
  },
  'tried-although-failing': {
    example: {
      kind: 'tried-although-failing',
      target: 'openai/gpt-6-sol',
      reason: 'openai did not answer 2 times in a row',
    },
    todo: 'Nothing; should it fail again, name another supplier behind it.',
  },
  'attestation-missing': {
    example: { kind: 'attestation-missing', target: 'openai/gpt-6-sol', reason: 'its evaluation is 120 days old' },
    todo: 'Evaluate the model anew.',
  },
  'not-enforced-here': {
    example: { kind: 'not-enforced-here', what: 'a test of what is not carried out' },
    todo: 'Do not rely on the rule at this door. `routing-policy check --doors` lists what holds where.',
  },
  'nothing-left': {
    example: { kind: 'nothing-left' },
    todo: 'The headline says why nothing is left, and what to do.',
  },
  escalated: {
    example: { kind: 'escalated', because: 'repeated' },
    todo: 'Nothing. Say something new to begin a new attempt.',
  },
  trial: {
    example: { kind: 'trial', id: 'sol-on-tests', arm: 'trial', until: Date.UTC(2030, 0, 1) },
    todo: 'Nothing. The task stays on its arm until the date.',
  },
  pinned: {
    example: {
      kind: 'pinned',
      target: 'anthropic/claude-opus-5-5',
      instead: 'anthropic/claude-haiku-5-5',
      until: 'until-compaction',
      ...cache,
    },
    todo: 'Begin a new conversation to be routed anew, or set `session.pin` to `"turn"`.',
  },
  switched: {
    example: {
      kind: 'switched',
      from: 'anthropic/claude-haiku-5-5',
      to: 'anthropic/claude-opus-5-5',
      because: 'larger',
      ...cache,
    },
    todo: 'Nothing. The figure is what the cold cache costs.',
  },
  overridden: {
    example: {
      kind: 'overridden',
      target: 'anthropic/claude-opus-5-5',
      instead: 'anthropic/claude-sonnet-5-5',
      by: 'person',
      reason: 'a proof, not a patch',
    },
    todo: 'Nothing. It is written down with its reason, and ends by itself.',
  },
  'override-refused': {
    example: {
      kind: 'override-refused',
      target: 'anthropic/claude-haiku-5-5',
      layer: '',
      because: { kind: 'not-up' },
    },
    todo: 'The sentence says which rule of `overrides` it was.',
  },
};

/** Every kind of reason for which a target is taken away. */
export const removalEntries: Entries<RemovalReason> = {
  constraint: {
    example: {
      kind: 'constraint',
      rule: 'eu-only',
      by: 'residency',
      reason: 'outsourcing register',
      detail: 'residency is not known',
    },
    todo: 'Say in the provider’s settings what is true of it (residency, retention, host), or name a target that the rule admits.',
  },
  budget: {
    example: {
      kind: 'budget',
      rule: 'dev-day',
      spentNanoUsd: 24_700 * MILLION,
      limitNanoUsd: 25 * USD,
      shortfall: { target: 'anthropic/claude-opus-5-5', leftNanoUsd: 300 * MILLION, requestNanoUsd: 450 * MILLION },
    },
    todo: 'Wait for the next period, send less, or ask for a larger budget. Where all of it is spent, the sentence ends “costs more than budget `dev-day` has left”.',
  },
  'budget-unpriced': {
    example: { kind: 'budget-unpriced', rule: 'dev-day' },
    todo: 'Give its price under `prices`, or set `"onUnknown": "open"`.',
  },
  'max-cost': {
    example: { kind: 'max-cost', rule: 'architecture', highNanoUsd: 9 * USD, limitNanoUsd: 8 * USD },
    todo: 'Begin a smaller task.',
  },
  'max-cost-unpriced': {
    example: { kind: 'max-cost-unpriced', rule: 'architecture' },
    todo: 'Give its price under `prices`.',
  },
  'max-cost-unknown-size': {
    example: { kind: 'max-cost-unknown-size', rule: 'cap' },
    todo: 'Tell the request’s `context.tokens`; a request that is sent has them.',
  },
  'dearer-than-routed': {
    example: { kind: 'dearer-than-routed', rule: 'dev-day' },
    todo: 'Name a cheaper target in `downgradeTo`.',
  },
  'not-configured': {
    example: { kind: 'not-configured', provider: 'copilot' },
    todo: '*Routing Policy: Show Providers*, then add its key or its settings.',
  },
  'not-usable': {
    example: { kind: 'not-usable', provider: 'openai', reason: 'no key' },
    todo: '*Routing Policy: Add Provider Key*.',
  },
  cannot: { example: { kind: 'cannot', capability: 'tools' }, todo: 'Give the class a target that can.' },
  'context-too-long': {
    example: { kind: 'context-too-long', tokens: 260_000, contextTokens: 200_000 },
    todo: 'Name a model with a longer context, or begin a new conversation.',
  },
  retired: { example: { kind: 'retired', successor: 'claude-opus-5-5' }, todo: 'Name the successor in the policy.' },
  unhealthy: {
    example: { kind: 'unhealthy', reason: 'three requests failed' },
    todo: 'Nothing: it is tried again after a pause.',
  },
  'native-not-completion': {
    example: { kind: 'native-not-completion' },
    todo: 'Give completions a class of their own.',
  },
  'untrusted-workspace': {
    example: { kind: 'untrusted-workspace' },
    todo: 'Trust the workspace if you know where it comes from.',
  },
};

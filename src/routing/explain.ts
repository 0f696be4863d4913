import { budgetStep, budgetWords, overBudgetWords, roomOf, wholeOf } from './budgetWords.ts';
import { allClauses, failedClause } from './clauseWords.ts';
import type { CostEstimate, Decision, Reason, RemovalReason } from './decision.ts';
import { formatUsd, named, shortModel, spoken } from './labels.ts';
import { isSessionReason, sessionWords } from './session/words.ts';

/** A decision in words for people. Plain text; ids stand between backticks, and there are no others. */
export interface Explanation {
  readonly headline: string;
  readonly lines: readonly string[];
}

/** How many passed-over classes and removed targets are told; a tooltip is no log. */
const MOST_TOLD = 5;
const MOST_RULES_TOLD = 20;

/** The decision in words, most telling first: the class and its rule, the rules that did something, cost, the rest. */
export function explainDecision(decision: Decision): Explanation {
  return {
    headline: headlineOf(decision),
    lines: [
      ...ruleLines(decision),
      ...candidateLines(decision),
      ...costLines(decision),
      ...skippedLines(decision),
      ...removedLines(decision),
    ],
  };
}

/**
 * What a decision came down to, one sentence each and the most telling first: the class, what a conversation or somebody's
 * wish had to do with it, and then the rules that changed something.
 */
export function decisiveLines(decision: Decision): readonly string[] {
  const telling = decision.why.filter((reason) => isDecisive(reason) && !isBackground(reason, decision));
  const lead = telling[0];
  const wishes = telling.filter((reason) => reason !== lead && isSessionReason(reason));
  const others = telling.filter((reason) => reason !== lead && !isSessionReason(reason));
  return [...(lead ? [lead] : []), ...wishes, ...others].flatMap((reason) => sentenceOf(reason, decision));
}

function isDecisive(reason: Reason): boolean {
  switch (reason.kind) {
    case 'constraint-observed':
    case 'gate':
    case 'gate-not-enforced':
    case 'candidate-removed':
    case 'unpriced':
    case 'attestation-missing':
    case 'not-enforced-here':
    case 'nothing-left':
      return false;
    case 'budget':
      return reason.outcome.did !== 'nothing' && reason.outcome.did !== 'not-enforced';
    default:
      return true;
  }
}

function ruleLines(decision: Decision): readonly string[] {
  const telling = decision.why.filter((reason) => !isBackground(reason, decision));
  const more = telling.length - MOST_RULES_TOLD;
  return [
    ...telling.slice(0, MOST_RULES_TOLD).flatMap((reason) => sentenceOf(reason, decision)),
    ...(more > 0 ? [`${count(more, 'more reason')}.`] : []),
  ];
}

/** Removed candidates have their own lines, the rules that refused too; a rule that took nothing away has nothing to tell. */
function isBackground(reason: Reason, { outcome }: Decision): boolean {
  if (reason.kind === 'constraint-applied') return reason.removed === 0 || outcome.kind === 'blocked';
  return reason.kind === 'candidate-removed';
}

function headlineOf(decision: Decision): string {
  const { outcome } = decision;
  const forClass = decision.class === 'default' ? '' : ` for ${named(decision.class)}`;
  switch (outcome.kind) {
    case 'routed': {
      const kept = decision.kept.find(({ target }) => target.target === outcome.target.target);
      const label = kept?.simulated === true ? ' (simulated)' : '';
      return `${spoken(outcome.target.target)}${label}${forClass}`;
    }
    case 'native':
      return `the editor's own completions${forClass}`;
    case 'blocked':
      return refusalSentence(decision);
    case 'unserved':
      return `Nothing can serve this request${forClass === '' ? '' : `, of class ${named(decision.class)}`}`;
  }
}

/**
 * Why a request was refused and what to do next: the rule, its reason, whose rule it is and the next step. Empty for a
 * request that was not refused.
 *
 * @param owner who may change the policy, where that is known: from CODEOWNERS, say
 */
export function refusalSentence(decision: Decision, owner?: string): string {
  const { outcome } = decision;
  switch (outcome.kind) {
    case 'routed':
    case 'native':
      return '';
    case 'unserved':
      return `Nothing can serve this request: ${unservedDetail(decision)}. The policy does not forbid it.`;
    case 'blocked': {
      const whom = owner === undefined ? 'the owners of .routing-policy.json' : spoken(owner);
      const others = outcome.by.length > 1 ? ` Rules that took part: ${listed(outcome.by)}.` : '';
      return `${blockedDetail(decision, whom)}${others}`;
    }
  }
}

function blockedDetail({ why, removed, budgets, outcome }: Decision, whom: string): string {
  const blocking = why.filter((reason) => reason.kind === 'blocked-by');
  const stops = new Set(
    removed.flatMap(({ reason }) => (reason.kind === 'constraint' && reason.by === 'block' ? reason.rule : [])),
  );
  const main = blocking.find(({ rule }) => stops.has(rule)) ?? blocking[0];
  if (main !== undefined) {
    const step = stops.has(main.rule)
      ? 'Take the files that it guards out of the request'
      : 'Use a model that it admits';
    return `Refused by ${named(main.rule)}${becauseOf(main)}: ${sentence(main.reason)}${doubt(main.certain)} ${step}, or ask ${whom} to change the rule.`;
  }
  const budget =
    budgets.find(({ did }) => did === 'blocked' || did === 'downgraded') ??
    budgets.find(({ did }) => did === 'kept-out');
  if (budget !== undefined)
    return `Refused by budget ${named(budget.id)}${wholeOf(budget)}: ${roomOf(budget)}. ${budgetStep(budget, whom)}`;
  const [first] = removed.filter(({ reason }) => 'rule' in reason);
  const rule = outcome.kind === 'blocked' ? (outcome.by[0] ?? '') : '';
  const detail = first === undefined ? '' : ` ${spoken(first.target.target)} ${removalWords(first.reason)}.`;
  return `Refused by ${named(rule)}:${detail} Start a smaller task, or ask ${whom} to change the limit.`;
}

function unservedDetail({ removed }: Decision): string {
  const own = removed.filter(({ reason }) => !('rule' in reason));
  const told = own.slice(0, MOST_TOLD).map(({ target, reason }) => `${spoken(target.target)} ${removalWords(reason)}`);
  return own.length === 0
    ? `no model is chosen. ${unservedStep(removed)}`
    : `${stopped(told.join('; '))} ${unservedStep(removed)}`;
}

/** What to do where nothing can serve a request, without a full stop. */
function unservedStep(removed: Decision['removed']): string {
  const own = removed.filter(({ reason }) => !('rule' in reason));
  if (own.length === 0) return 'Choose a default model, or add a policy';
  const needsKey = own.some(({ reason }) => reason.kind === 'not-configured' || reason.kind === 'not-usable');
  return needsKey ? 'Set up one of these providers' : 'Try again later or choose another model';
}

/** A session or a person chose among what was left: its place on the route says nothing then. */
function isChosenApart({ why }: Decision): boolean {
  return why.some(({ kind }) => kind === 'pinned' || kind === 'overridden');
}

function sentenceOf(reason: Reason, decision: Decision): readonly string[] {
  switch (reason.kind) {
    case 'class-matched':
      return [`Class ${named(reason.class)}: ${allClauses(reason.clauses, decision)}.`];
    case 'default-used':
      return ['No class matched, so the default is used.'];
    case 'no-policy':
      return ['There is no policy here: the requested model or your own default is used.'];
    case 'untrusted':
      return ['This workspace is not trusted: its policy can refuse, but your own default model is used.'];
    case 'constraint-applied':
      return [
        `${named(reason.rule)} took away ${count(reason.removed, 'target')}: ${sentence(reason.reason)}${doubt(reason.certain)}`,
      ];
    case 'constraint-observed':
      return [`${named(reason.rule)} only observes; it would take away ${count(reason.removed, 'target')}.`];
    case 'blocked-by':
      return [
        `${named(reason.rule)} refuses it${becauseOf(reason)}: ${sentence(reason.reason)}${doubt(reason.certain)}`,
      ];
    case 'else-used':
      return [`The targets that ${named(reason.rule)} gives instead are used.`];
    case 'budget':
      return [`Budget ${named(reason.outcome.id)} ${budgetWords(reason.outcome)}.`];
    case 'gate':
      return [`Gate ${named(reason.gate)}, asked for by ${named(reason.rule)}${reviewWords(reason)}.`];
    case 'gate-not-enforced':
      return [`Gate ${named(reason.gate)} is not enforced here: nothing checks it before a merge yet.`];
    case 'candidate-removed':
      return [`${spoken(reason.target)} ${removalWords(reason.reason)}.`];
    case 'routed':
      return reason.place === undefined || reason.place === 0 || isChosenApart(decision)
        ? []
        : [`It is choice ${reason.place + 1} of its route; the ones before it were taken away.`];
    case 'native':
      return ["We stand aside: the editor's own completions serve it."];
    case 'unpriced':
      return [`The price of ${spoken(reason.target)} is not known.`];
    case 'mode-observe':
      return [`The policy only observes: ${spoken(reason.served)} is served whatever it says.`];
    case 'mode-warn':
      return [`The policy only warns: ${named(reason.rule)} would have refused this.`];
    case 'attestation-missing':
      return [`${spoken(reason.target)} is used without an attestation: ${spoken(reason.reason)}.`];
    case 'not-enforced-here':
      return [`Not enforced here: ${spoken(reason.what)}.`];
    case 'tried-although-failing':
      return [`${spoken(reason.target)} is tried although ${spoken(reason.reason)}: nothing else is left.`];
    case 'nothing-left':
      return [];
    case 'escalated':
    case 'trial':
    case 'pinned':
    case 'switched':
    case 'overridden':
    case 'override-refused':
      return [sessionWords(reason, (refusal) => removalWords(refusal.reason))];
    default:
      return unknownKind(reason);
  }
}

/** Why a target was taken away, as the end of a sentence that begins with its name. */
export function removalWords(reason: RemovalReason): string {
  switch (reason.kind) {
    case 'constraint': {
      const detail = reason.detail === undefined ? '' : ` (${spoken(reason.detail)})`;
      return `is not admitted by ${named(reason.rule)}: ${reason.by}${detail}`;
    }
    case 'budget':
      return overBudgetWords(reason);
    case 'budget-unpriced':
      return `has no known price, so budget ${named(reason.rule)} cannot count it`;
    case 'max-cost':
      return `could bring the task to ${formatUsd(reason.highNanoUsd)}, over the ${formatUsd(reason.limitNanoUsd)} of ${named(reason.rule)}`;
    case 'max-cost-unpriced':
      return `has no known price, so it cannot be held to the limit of ${named(reason.rule)}`;
    case 'max-cost-unknown-size':
      return `may cost more than the limit of ${named(reason.rule)}: how many tokens the request has is not known`;
    case 'dearer-than-routed':
      return `costs more than what budget ${named(reason.rule)} would replace`;
    case 'not-configured':
      return 'is not configured';
    case 'not-usable':
      return `cannot be used: ${spoken(reason.reason)}`;
    case 'cannot':
      return `cannot do ${reason.capability}`;
    case 'context-too-long':
      return `holds ${reason.contextTokens} tokens, and the request needs ${reason.tokens}`;
    case 'retired':
      return reason.successor === undefined ? 'is retired' : `is retired; ${spoken(reason.successor)} follows it`;
    case 'unhealthy':
      return `is left alone for now: ${spoken(reason.reason)}`;
    case 'native-not-completion':
      return 'serves completions only';
    case 'untrusted-workspace':
      return 'is not used, because this workspace is not trusted';
    default:
      return unknownKind(reason);
  }
}

/** Who would follow, in order, if the first could not serve. */
function candidateLines({ outcome }: Decision): readonly string[] {
  if (outcome.kind !== 'routed') return [];
  const names = outcome.fallbacks.map(({ target }) => spoken(target));
  const told = names.slice(0, MOST_TOLD).join(', then ');
  const more = names.length > MOST_TOLD ? `, and ${names.length - MOST_TOLD} more` : '';
  return [names.length === 0 ? 'Nothing follows if it fails.' : `If it fails: ${told}${more}.`];
}

function costLines({ outcome, cost }: Decision): readonly string[] {
  if (outcome.kind !== 'routed' || cost.kind === 'unpriced') return [];
  const { source, version, asOf } = cost.price;
  const from = `price from ${source}${version === undefined ? '' : ` ${spoken(version)}`}, ${spoken(asOf)}`;
  return [`Estimated cost: ${estimateWords(cost)} (${from}).`];
}

function estimateWords(cost: CostEstimate): string {
  switch (cost.kind) {
    case 'priced': {
      const [low, high] = [formatUsd(cost.lowNanoUsd), formatUsd(cost.highNanoUsd)];
      return low === high ? low : `${low} to ${high}`;
    }
    case 'unknown-size':
      return 'not known before the request is';
    case 'unpriced':
      return 'unpriced';
  }
}

function skippedLines({ skipped, skippedCount, globs }: Decision): readonly string[] {
  const told = skipped.slice(-MOST_TOLD);
  const more = skippedCount - told.length;
  return [
    ...told.map((passed) => `Passed over ${named(passed.id)}: ${failedClause(passed.failed, globs)}.`),
    ...(more > 0 ? [`Passed over ${count(more, 'more class', 'more classes')} before these.`] : []),
  ];
}

function removedLines({ removed, outcome }: Decision): readonly string[] {
  const told = removed
    .slice(0, MOST_TOLD)
    .map(({ target, reason }) => stopped(`${spoken(target.target)} ${removalWords(reason)}`));
  const more = removed.length - told.length;
  const next = outcome.kind === 'unserved' ? [`${unservedStep(removed)}. The policy does not forbid it.`] : [];
  return [...told, ...(more > 0 ? [`${count(more, 'more removal')}.`] : []), ...next];
}

/** The label of the status bar before anything is served: `sonnet-5-5`, `blocked`, … */
export function decisionLabel(decision: Decision): string {
  const { outcome } = decision;
  switch (outcome.kind) {
    case 'routed': {
      const kept = decision.kept.find(({ target }) => target.target === outcome.target.target);
      return `${shortModel(outcome.target.model)}${kept?.simulated === true ? ' (simulated)' : ''}`;
    }
    case 'native':
      return "editor's own";
    case 'blocked':
      return 'blocked';
    case 'unserved':
      return 'not served';
  }
}

function listed(rules: readonly string[]): string {
  const more = rules.length > MOST_TOLD ? `, and ${rules.length - MOST_TOLD} more` : '';
  return `${rules.slice(0, MOST_TOLD).map(named).join(', ')}${more}`;
}

function stopped(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** A policy author's reason, ended like a sentence. */
function sentence(text: string): string {
  const line = spoken(text);
  return /[.!?]$/.test(line) ? line : `${line}.`;
}

function becauseOf({ file }: Extract<Reason, { kind: 'blocked-by' }>): string {
  return file === undefined ? '' : ` because of ${named(file)}`;
}

function doubt(certain: boolean): string {
  return certain ? '' : ' It applies because not all facts about the request are known.';
}

function reviewWords({ who, approvals = 1, within }: Extract<Reason, { kind: 'gate' }>): string {
  if (who.length === 0) return '';
  const review = approvals === 1 ? 'a review' : `${approvals} approvals`;
  return `: ${review} by ${who.map(spoken).join(', ')}${within === undefined ? '' : `, within ${spoken(within)}`}`;
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** Unreachable while the switch above knows every kind; the compiler says so when it does not. */
function unknownKind(kind: never): never {
  throw new Error(`No words for ${JSON.stringify(kind)}.`);
}

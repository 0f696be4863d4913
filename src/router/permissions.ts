import type { AskBudgetAnswer, AskBudgetParams } from '../contract/messages.ts';
import type { LayeredPolicy } from '../policy/layers.ts';
import { budgetQuestion } from '../routing/budgetWords.ts';
import type { BudgetOutcome, Decision } from '../routing/decision.ts';
import type { State } from '../routing/state.ts';
import { type Period, periodEnd } from '../usage/periods.ts';
import type { PermitBook } from '../usage/permitBook.ts';
import { Recent } from './recent.ts';
import { accountKey } from './spend.ts';

const DAY_MS = 86_400_000;
/** How long a request waits for an answer, in milliseconds. */
const PATIENCE_MS = 120_000;
/** How long a no holds, so that an agent that tries again does not ask a person every second, in milliseconds. */
const NO_MS = 600_000;
/** How long a question that was sent away is not put again, in milliseconds. */
const UNANSWERED_MS = 60_000;
/** Of more, the one that was asked about least recently is put again. */
const MOST_REFUSALS = 1_000;

/** How long a yes for this once holds for completions, in milliseconds. */
const ONCE_MS = 1_800_000;

/** Asks the person in front of the editor; undefined: nobody answered. */
export type AskPerson = (question: AskBudgetParams) => Promise<AskBudgetAnswer | undefined>;

export interface PermissionPorts {
  readonly book: PermitBook;
  /** Left out: there is nobody to ask. */
  readonly ask?: AskPerson | undefined;
  repoKey(root: string): string;
  now(): number;
  log(level: 'warn', message: string): void;
}

/** What a budget goes by, and as what class of work it counts a request. */
interface Named {
  readonly id: string;
  readonly per: string;
  readonly countedAs?: string | undefined;
}

/** What a request is counted by. */
export interface PermissionPlace {
  /** The repository; empty: none. */
  readonly root: string;
  /** Asked for only where a budget asks: finding the task out takes longer than all else here. */
  readonly taskId: string | undefined;
}

/** What people have allowed when a budget asked, and the questions that are open. */
export class Permissions {
  readonly #ports: PermissionPorts;
  readonly #open = new Map<string, Promise<boolean>>();
  readonly #refusedUntil = new Recent<number>({ entries: MOST_REFUSALS });

  constructor(ports: PermissionPorts) {
    this.#ports = ports;
  }

  /**
   * What was allowed already, of the budgets of these layers that ask.
   *
   * @param classes what each layer counts the request as, by the layer's name
   */
  answers(
    policy: LayeredPolicy | undefined,
    classes: ReadonlyMap<string, string>,
    place: PermissionPlace,
  ): NonNullable<State['answers']> {
    const answers: Record<string, 'yes'> = {};
    for (const { name, policy: own } of policy?.layers ?? []) {
      for (const { id, source, steps } of own.budgets) {
        if (!steps.some(({ step }) => step === 'ask')) continue;
        // What was allowed unasked is allowed for each class that the budget counts.
        const isPermitted = [classes.get(name), undefined].some((countedAs) =>
          this.#ports.book.isPermitted(
            this.#key({ id, per: source.per, countedAs }, place.root),
            this.#ports.now(),
            place.taskId,
          ),
        );
        if (isPermitted) answers[id] = 'yes';
      }
    }
    return answers;
  }

  /**
   * Asks for each budget of a decision that wants it. Several requests that meet the same budget ask once.
   *
   * @returns the budgets that were not allowed; none: go on
   */
  async ask(decision: Decision, place: PermissionPlace, signal: AbortSignal): Promise<ReadonlySet<string>> {
    const refused = new Set<string>();
    for (const budget of asking(decision)) {
      if (!(await this.#isAllowed(budget, decision, place, signal))) refused.add(budget.id);
      if (refused.size > 0) break;
    }
    return refused;
  }

  /** Whether an answer is still waited for, or was no: a completion does not wait. */
  begin(decision: Decision, place: PermissionPlace): void {
    const never = new AbortController();
    void this.ask(decision, place, never.signal);
  }

  /** A person allows more without having been asked. */
  permit(budget: Pick<BudgetOutcome, 'id' | 'per' | 'countedAs' | 'period'>, root: string): void {
    const key = this.#key(budget, root);
    this.#refusedUntil.clear();
    this.#write(key, budget.period, undefined);
  }

  #isAllowed(budget: BudgetOutcome, decision: Decision, place: PermissionPlace, signal: AbortSignal): Promise<boolean> {
    const key = this.#key(budget, place.root);
    if ((this.#refusedUntil.get(key) ?? 0) > this.#ports.now()) return Promise.resolve(false);
    // A yes may be for one task alone.
    const question = `${key}\n${place.taskId ?? ''}`;
    const open = this.#open.get(question) ?? this.#question(key, budget, decision, place);
    this.#open.set(question, open);
    void open.finally(() => this.#open.delete(question));
    return Promise.race([open, whenAborted(AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]))]);
  }

  /** @returns whether it was allowed within a request's patience; an answer that comes later still holds from then on */
  #question(key: string, budget: BudgetOutcome, decision: Decision, { taskId }: PermissionPlace): Promise<boolean> {
    const { ask, now, log } = this.#ports;
    if (ask === undefined) return Promise.resolve(false);
    return ask({ ...budgetQuestion(budget, decision), until: untilOf(budget.period, now()) }).then(
      (answer) => {
        const isAllowed = answer === 'task' || answer === 'period';
        if (isAllowed) this.#write(key, budget.period, answer === 'task' ? (taskId ?? '') : undefined);
        // One that was sent away without an answer is not put again with the next key that is pressed.
        else this.#refusedUntil.set(key, now() + (answer === 'no' ? NO_MS : UNANSWERED_MS));
        return isAllowed;
      },
      (error: unknown) => {
        log('warn', `Nobody could be asked about budget ${budget.id}: ${String(error)}`);
        return false;
      },
    );
  }

  #write(budgetKey: string, period: string | undefined, taskId: string | undefined): void {
    const at = this.#ports.now();
    // Of what has no task to end with, a yes for this once ends soon.
    const until = taskId === '' ? at + ONCE_MS : untilOf(period, at);
    const result = this.#ports.book.permit({ at, budgetKey, until, ...(taskId === undefined ? {} : { taskId }) });
    if (result.kind === 'failed') this.#ports.log('warn', result.reason);
  }

  /** Of one repository: another may have a budget of the same name, and nobody was asked about that. */
  #key({ id, per, countedAs }: Named, root: string): string {
    const repoKey = this.#ports.repoKey(root);
    return `${repoKey} ${accountKey({ id, per, countedAs, repoKey })}`;
  }
}

/** The budgets of a decision that want a person to be asked. */
export function asking({ budgets }: Decision): readonly BudgetOutcome[] {
  return budgets.filter(({ did }) => did === 'asked');
}

/** Until when a yes holds: the end of the budget's period; a budget without one is asked about again the next day. */
export function untilOf(period: string | undefined, now: number): number {
  return isPeriod(period) ? periodEnd(now, period) : now + DAY_MS;
}

function isPeriod(period: string | undefined): period is Period {
  return period === 'day' || period === 'week' || period === 'month';
}

/** A request that was given up waits for no answer. */
function whenAborted(signal: AbortSignal): Promise<false> {
  return new Promise((settle) => {
    if (signal.aborted) settle(false);
    else signal.addEventListener('abort', () => settle(false), { once: true });
  });
}

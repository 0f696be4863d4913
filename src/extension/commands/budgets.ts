import * as vscode from 'vscode';
import {
  type AskBudgetAnswer,
  type AskBudgetParams,
  type AskingBudget,
  type OverrideResult,
  toEditor,
  toRouter,
} from '../../contract/messages.ts';
import { openRoots } from '../openRoots.ts';
import type { RouterClient } from '../routerClient.ts';

/** How long what came of it stays in the status bar, in milliseconds. */
const shownMs = 8_000;

/**
 * Puts the router's questions before the person: a budget wants a yes before more of it is spent.
 *
 * @param asking told of the budgets about which a question waits for an answer
 */
export function serveBudgetQuestions(client: RouterClient, asking: (budgets: readonly string[]) => void): void {
  const open: string[] = [];
  client.handle<AskBudgetParams, AskBudgetAnswer | null>(toEditor.askBudget, async (question) => {
    open.push(question.budget);
    asking([...open]);
    try {
      return await answerTo(question);
    } finally {
      open.splice(open.indexOf(question.budget), 1);
      asking([...open]);
    }
  });
}

async function answerTo(question: AskBudgetParams): Promise<AskBudgetAnswer | null> {
  const forTask = vscode.l10n.t('Allow for This Task');
  const forPeriod = vscode.l10n.t('Allow Until {0}', brief(question.until));
  const no = vscode.l10n.t('Do Not Allow');
  const message = vscode.l10n.t(
    'Budget "{0}": {1}. May {2} be asked all the same?',
    question.budget,
    question.spent,
    question.request,
  );
  switch (await vscode.window.showWarningMessage(message, forTask, forPeriod, no)) {
    case forTask:
      return 'task';
    case forPeriod:
      return 'period';
    case no:
      return 'no';
    default:
      // Sent away without an answer: this request is refused, and for a minute nobody is asked again.
      return null;
  }
}

/** Lets a person allow more of a budget that asks, without waiting to be asked. */
export async function allowBudget(client: RouterClient): Promise<void> {
  const roots = openRoots();
  const budgets = await client.request<readonly AskingBudget[]>(toRouter.askingBudgets, { roots });
  if (budgets.length === 0) {
    await vscode.window.showInformationMessage(vscode.l10n.t('No budget in force here asks before more is spent.'));
    return;
  }
  const chosen = await vscode.window.showQuickPick(
    budgets.map((budget) => ({
      budget: budget.id,
      label: budget.id,
      description: budget.spent,
      detail: vscode.l10n.t('Allow more until {0}', moment(budget.until)),
    })),
    {
      title: vscode.l10n.t('Allow More of a Budget'),
      placeHolder: vscode.l10n.t('The answer holds for all windows and clients of yours on this machine.'),
    },
  );
  if (!chosen) return;
  const result = await client.request<OverrideResult>(toRouter.permit, { roots, budget: chosen.budget });
  if (result.done) vscode.window.setStatusBarMessage(result.message, shownMs);
  else await vscode.window.showWarningMessage(result.message);
}

/** A day and time as this machine writes them. `at` is milliseconds since the epoch. */
function moment(at: number): string {
  return new Date(at).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
}

/** The same where there is little room, as on one of three buttons: the time of this day, or another day. */
function brief(at: number): string {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  return date.toLocaleString([], isToday ? { timeStyle: 'short' } : { month: 'short', day: 'numeric' });
}

import * as vscode from 'vscode';
import { type OverrideOptions, type OverrideResult, toRouter } from '../../contract/messages.ts';
import { clock } from '../clock.ts';
import { openRoots } from '../openRoots.ts';
import type { Overrides } from '../overrides.ts';
import type { RouterClient } from '../routerClient.ts';

/** How long what came of it stays in the status bar, in milliseconds. */
const shownMs = 8_000;
/** The longest reason that is written down whole, in characters. */
const longestReason = 500;

interface Choice extends vscode.QuickPickItem {
  /** Left out: give the override up. */
  readonly target?: string;
}

/** Asks for another model than the policy's own choice, with a reason where the policy wants one, or gives that up. */
export async function overrideRoute(client: RouterClient, overrides: Overrides): Promise<void> {
  const roots = openRoots();
  const options = await client.request<OverrideOptions>(toRouter.overrideOptions, { roots });
  const choices = choicesOf(options);
  if (choices.length === 0) {
    const sentence = options.allowed
      ? vscode.l10n.t('The policy in force here names no model that could be asked for.')
      : options.rules;
    await vscode.window.showInformationMessage(sentence);
    return;
  }
  const chosen = await vscode.window.showQuickPick(choices, {
    title: vscode.l10n.t('Override Route'),
    placeHolder: options.rules,
    matchOnDescription: true,
  });
  if (!chosen) return;
  const reason = chosen.target && options.reasonRequired ? await askReason(chosen.target) : undefined;
  if (chosen.target && options.reasonRequired && reason === undefined) return;
  const result = await client.request<OverrideResult>(toRouter.override, {
    roots,
    ...(chosen.target ? { target: chosen.target } : {}),
    ...(reason === undefined ? {} : { reason }),
  });
  overrides.refresh();
  if (result.done) vscode.window.setStatusBarMessage(result.message, shownMs);
  else await vscode.window.showWarningMessage(result.message);
}

/** What can be chosen, the way back first; nothing where nothing may be. */
function choicesOf({ allowed, targets, active }: OverrideOptions): readonly Choice[] {
  const giveUp: readonly Choice[] = active
    ? [
        {
          label: `$(discard) ${vscode.l10n.t('Give Up the Override')}`,
          description: vscode.l10n.t('{0} until {1}', active.target, clock(active.until)),
          ...(active.reason === undefined ? {} : { detail: active.reason }),
        },
        { label: '', kind: vscode.QuickPickItemKind.Separator },
      ]
    : [];
  const offered = allowed ? targets.filter(({ target }) => target !== active?.target) : [];
  return [...giveUp, ...offered.map(({ target, detail }) => ({ target, label: target, description: detail }))];
}

/** undefined: the person thought better of it. */
async function askReason(target: string): Promise<string | undefined> {
  const reason = await vscode.window.showInputBox({
    title: vscode.l10n.t('Why {0}?', target),
    prompt: vscode.l10n.t('The policy wants a reason. It is written down on this machine.'),
    placeHolder: vscode.l10n.t('e.g. the small model goes round in circles here'),
    ignoreFocusOut: true,
    validateInput: (text) => {
      const { length } = text.trim();
      if (length === 0) return vscode.l10n.t('A reason is required.');
      return length > longestReason
        ? vscode.l10n.t('At most {0} characters; these are {1}.', longestReason, length)
        : undefined;
    },
  });
  return reason?.trim();
}

// The one window in which what is used is looked at: to start an editor takes longer than most of what is done in it.
import { setUpChat } from '../../host/chat.ts';
import { openVSCode, ROUTE_STATUS, type VSCode } from '../../host/vscode.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../../simulated/main.ts';

/** Ten minutes pass in twelve seconds: what was written is judged after six, and looked at for the last time after twelve. */
export const TEMPO = 50;

export let simulated: SimulatedProviders;
export let vscode: VSCode;
let hasChat = false;

/** @param files by path, beside the sample's own */
export async function openWindow(files: Readonly<Record<string, string>>): Promise<void> {
  simulated = await startSimulatedProviders();
  vscode = await openVSCode({
    providers: simulated.providers,
    files,
    settings: {
      'editor.quickSuggestions': false,
      'editor.suggestOnTriggerCharacters': false,
      'editor.acceptSuggestionOnEnter': 'off',
      'window.autoDetectColorScheme': false,
    },
    env: { ROUTING_POLICY_OUTCOME_TEMPO: String(TEMPO) },
    onClose: () => simulated.stop(),
  });
  await vscode.workbench.waitForStatus(ROUTE_STATUS);
}

export async function closeWindow(): Promise<void> {
  await vscode?.close();
}

/** Whichever part comes first, or is tried again, or runs alone. */
export async function haveChat(): Promise<void> {
  if (!hasChat) await setUpChat(vscode.workbench);
  hasChat = true;
}

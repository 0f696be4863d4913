// Copilot Chat's own panel, driven and read as a person would.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Locator } from 'playwright-core';
import type { Server } from './server.ts';
import type { Workbench } from './workbench.ts';

const PANEL = '.part.auxiliarybar';
const ANSWERS = `${PANEL} .interactive-item-container.interactive-response`;
const STOP = `${PANEL} .interactive-input-part .codicon-stop-circle`;
const MODEL = `${PANEL} .model-picker-name`;

const CHAT_EXTENSION = 'GitHub.copilot-chat';

export type ChatMode = 'Ask' | 'Agent' | 'Plan' | (string & {});

/**
 * Enables the built-in chat without anyone signing in, as `Chat: Manage Language Models` does, and leaves the chat panel
 * open. In a fresh profile the chat is disabled, and each workbench has a fresh profile.
 */
export async function enableChat(workbench: Workbench, server: Server): Promise<void> {
  const { page } = workbench;
  await workbench.command('Chat: Manage Language Models');
  const editor = page.locator('.models-management-editor, .models-table-container').first();
  await editor.waitFor({ timeout: 60_000 });
  // The models open in a modal editor, which swallows shortcuts for as long as it is there.
  const modal = page.locator('.monaco-modal-editor-block');
  await workbench.until(
    'the models editor to close',
    async () => {
      await page.keyboard.press('Escape');
      const close = page.locator('.modal-editor-part .codicon-close').first();
      if (await close.isVisible()) await close.click();
      await sleep(300);
      return modal.count();
    },
    (count) => count === 0,
  );
  await page.locator(MODEL).first().waitFor({ timeout: 90_000 });
  await waitForChatExtension(workbench, server);
}

/**
 * Waits until the chat's own extension is at work. A message sent before that is answered with a dialog to sign in, and
 * nothing on the screen tells the difference; its folder among the logs does.
 */
export async function waitForChatExtension(workbench: Workbench, server: Server): Promise<void> {
  const logs = join(server.profile, 'data', 'logs');
  const isActive = async (): Promise<boolean> =>
    (await readdir(logs, { recursive: true })).some((path) => path.endsWith(CHAT_EXTENSION));
  await workbench.until("the chat's extension", isActive, Boolean, 60_000);
  await sleep(1_000);
}

/**
 * Sets the chat up by our own command and its question, signed out; returns what the question says. Done when the chat's
 * input has the focus.
 */
export async function setUpChat(workbench: Workbench): Promise<string> {
  const { page } = workbench;
  // The chat has the focus in a window without an editor; it shall have it again only when all is done.
  await page.keyboard.press('Control+Shift+E');
  await page
    .locator('.explorer-folders-view .monaco-list.element-focused, .explorer-folders-view .monaco-list:focus')
    .first()
    .waitFor({ timeout: 30_000 });
  await workbench.command('Routing Policy: Set Up Chat');
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.waitFor({ timeout: 30_000 });
  const question = await dialog.innerText();
  await dialog.locator('.monaco-button').filter({ hasText: 'Enable Chat' }).click();
  await page.locator(`${PANEL} .interactive-input-part .monaco-editor.focused`).first().waitFor({ timeout: 90_000 });
  await workbench.until(
    'our model to be picked',
    () => pickedModel(workbench),
    (name) => name.includes('Routing Policy'),
  );
  return question;
}

/** Begins a conversation anew in the panel. */
export async function newChat(workbench: Workbench): Promise<void> {
  await workbench.page.locator(`${PANEL} .codicon-plus[aria-label^="New Chat"]`).first().click();
  await workbench.until(
    'an empty chat',
    () => countRequests(workbench),
    (count) => count === 0,
  );
}

/** Asks in the inline chat of the focused editor (Ctrl+I) and returns its answer, as shown. */
export async function askInline(workbench: Workbench, text: string): Promise<string> {
  const { page } = workbench;
  await page.keyboard.press('Control+I');
  const widget = page.locator('.part.editor .inline-chat-widget, .part.editor .inline-chat').first();
  await widget.waitFor({ timeout: 30_000 });
  await page.locator('.part.editor .chat-editor-container .monaco-editor.focused').first().waitFor({ timeout: 30_000 });
  await page.keyboard.type(text, { delay: 10 });
  await page.keyboard.press('Enter');
  return workbench.until(
    'the inline answer',
    () => widget.innerText(),
    (shown) => shown.includes('Rephrase'),
    60_000,
  );
}

/** Name of the model that the chat panel has picked. */
export async function pickedModel(workbench: Workbench): Promise<string> {
  return (await workbench.page.locator(MODEL).first().innerText()).trim();
}

/** The rows of the model picker, as shown: name and detail. */
export async function modelRows(workbench: Workbench): Promise<readonly string[]> {
  await workbench.page.locator(MODEL).first().click();
  const rows = workbench.page.locator('.action-widget .monaco-list-row');
  await rows.first().waitFor({ timeout: 30_000 });
  const texts = await rows.evaluateAll((all) =>
    all.map((row) => (row as HTMLElement).innerText.replaceAll('\n', ' ').trim()),
  );
  await workbench.page.keyboard.press('Escape');
  return texts;
}

/** Picks the model whose row shows `name`. Models appear when their extension has answered, so it tries for a while. */
export async function pickModel(workbench: Workbench, name: string): Promise<void> {
  const { page } = workbench;
  const row = page.locator('.action-widget .monaco-list-row').filter({ hasText: name }).first();
  await workbench.until(
    `the model ${name} in the picker`,
    async () => {
      await page.locator(MODEL).first().click();
      await sleep(400);
      await page.keyboard.type(name, { delay: 10 });
      const isThere = await row.waitFor({ timeout: 2_000 }).then(
        () => true,
        () => false,
      );
      if (isThere) await row.click();
      else await page.keyboard.press('Escape');
      return isThere;
    },
    Boolean,
    60_000,
  );
  await workbench.until(
    'the picked model',
    () => pickedModel(workbench),
    (picked) => picked.includes(name),
  );
}

/** Switches the panel to another mode, or to a custom agent, by its picker. */
export async function pickMode(workbench: Workbench, mode: ChatMode): Promise<void> {
  const { page } = workbench;
  const picker = page.locator(`${PANEL} .chat-input-picker-item:not(:has(.model-picker-name))`).first();
  const row = page.locator('.action-widget .monaco-list-row').filter({ hasText: mode }).first();
  await workbench.until(
    `the mode ${mode}`,
    async () => {
      const current = (await picker.innerText()).trim();
      if (current === mode) return current;
      await picker.click();
      // An agent that a file brought may not be listed yet, and a list that is drawn anew under the pointer takes no click.
      const isPicked = await row.click({ timeout: 3_000 }).then(
        () => true,
        () => false,
      );
      if (!isPicked) await page.keyboard.press('Escape');
      await sleep(200);
      return (await picker.innerText()).trim();
    },
    (current) => current === mode,
  );
}

/** Types a message and sends it, without waiting for the answer. */
export async function send(workbench: Workbench, text: string): Promise<void> {
  const { page } = workbench;
  await input(workbench).click();
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  await page.keyboard.type(text, { delay: 3 });
  // Enter would go to the list of participants and files where that is open.
  await page.locator(`${PANEL} .interactive-input-part .codicon-arrow-up-compact:not(.disabled)`).first().click();
  // Away from the button, whose hover would cover the status bar.
  await page.mouse.move(700, 400);
  await workbench.until(
    'the message to be sent',
    () => input(workbench).locator('.view-lines').innerText(),
    (left) => left.trim() === '',
    15_000,
  );
}

/**
 * Sends a message and waits until the answer is complete; returns the answer as shown.
 * @throws when it is not complete after `patience` milliseconds.
 */
export async function ask(workbench: Workbench, text: string, patience = 90_000): Promise<string> {
  await send(workbench, text);
  return waitForAnswer(workbench, patience);
}

/** Waits until nothing is being answered any more; returns the last answer as shown. */
export async function waitForAnswer(workbench: Workbench, patience = 90_000): Promise<string> {
  // Between a tool's result and the next turn the button is gone for a moment.
  let calm = 0;
  await workbench.until(
    'the chat to finish',
    async () => {
      calm = (await workbench.page.locator(STOP).count()) === 0 ? calm + 1 : 0;
      return calm;
    },
    (times) => times >= 10,
    patience,
  );
  return lastAnswer(workbench);
}

/** The last answer as far as it is shown. */
export async function lastAnswer(workbench: Workbench): Promise<string> {
  const answers = workbench.page.locator(ANSWERS);
  const count = await answers.count();
  return count === 0 ? '' : (await answers.nth(count - 1).innerText()).trim();
}

/** Presses the stop button of the answer in progress. */
export async function cancelAnswer(workbench: Workbench): Promise<number> {
  const { page } = workbench;
  // Waiting until the button can be pressed takes its time on a busy machine; the person's wait begins with the press.
  const pressed = page.evaluate(
    () =>
      new Promise<number>((settle) =>
        document.addEventListener('mousedown', () => settle(Date.now()), { capture: true, once: true }),
      ),
  );
  await page.locator(STOP).first().click();
  await page.mouse.move(700, 400);
  return pressed;
}

/** Presses a button inside the chat panel, e.g. `Continue`, `Keep`, `Allow`. */
export async function pressChatButton(workbench: Workbench, label: string): Promise<void> {
  await workbench.page.locator(`${PANEL} .monaco-button`).filter({ hasText: label }).first().click({ timeout: 30_000 });
}

function countRequests(workbench: Workbench): Promise<number> {
  return workbench.page.locator(`${PANEL} .interactive-item-container.interactive-request`).count();
}

function input(workbench: Workbench): Locator {
  return workbench.page.locator(`${PANEL} .interactive-input-part .monaco-editor[role="code"]`).first();
}

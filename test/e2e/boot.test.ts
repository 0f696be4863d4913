import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openVSCode, ROUTE_STATUS, type VSCode } from '../host/vscode.ts';

let vscode: VSCode;

beforeAll(async () => {
  vscode = await openVSCode();
});

afterAll(() => vscode?.close());

test('the status bar shows the extension, and says so to a screen reader', async () => {
  const item = await vscode.workbench.waitForStatus(ROUTE_STATUS);
  expect(item.text).not.toBe('');
  expect(item.label).toContain('Routing Policy');
});

test('its commands are in the palette, in their category', async () => {
  const titles = await vscode.workbench.commandsFor('Routing Policy: ');
  expect(titles).toContain('Routing Policy: Explain Last Route');
  expect(titles).toContain('Routing Policy: Open Policy');
});

test('the workbench asks for nothing outside this machine', () => {
  expect(vscode.workbench.outsideRequests).toEqual([]);
});

test('closing leaves no process and no profile', async () => {
  const { pid, profile } = vscode.server;
  await vscode.close();
  expect(() => process.kill(-pid, 0)).toThrow('ESRCH');
  expect(existsSync(profile)).toBe(false);
});

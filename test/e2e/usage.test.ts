// What is used, in one window: what became of it, what the panel shows, and what a budget does.
import { afterAll, beforeAll, describe } from 'vitest';
import { budgets } from './usage/budgets.ts';
import { outcomeFiles, outcomes } from './usage/outcomes.ts';
import { emptyPanel, usagePanel } from './usage/usagePanel.ts';
import { closeWindow, openWindow } from './usage/window.ts';

beforeAll(() => openWindow(outcomeFiles));
afterAll(closeWindow);

describe('the usage panel of a new machine', emptyPanel);
describe('what becomes of text that was put in', outcomes);
describe('the usage panel', usagePanel);
describe('a budget that is spent', budgets);

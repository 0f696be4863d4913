// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
import { expect, it } from 'vitest';
import type { AskBudgetAnswer } from '../contract/messages.ts';
import { decide } from '../routing/decide.ts';
import type { Decision } from '../routing/decision.ts';
import { policyWith, spent, world } from '../routing/testing/world.ts';
import { PermitBook } from '../usage/permitBook.ts';
import { Permissions } from './permissions.ts';

const SONNET = 'anthropic/claude-sonnet-5-5';
const policy = policyWith({
  default: SONNET,
  budgets: [{ id: 'me', per: 'developer', period: 'day', usd: 10, then: 'ask' }],
});
const decision: Decision = decide(policy, { kind: 'chat' }, world({ spent: spent({ me: 11 }) }));
const signal = new AbortController().signal;

function permissionsThat(answer: AskBudgetAnswer, clock = { now: Date.parse('2026-11-23T10:00:00Z') }) {
  let asked = 0;
  const permissions = new Permissions({
    book: new PermitBook(undefined),
    ask: () => {
      asked += 1;
      return Promise.resolve(answer);
    },
    repoKey: (root) => `key of ${root}`,
    now: () => clock.now,
    log: () => undefined,
  });
  const isAllowed = (root: string, taskId: string | undefined): boolean =>
    permissions.answers(policy, new Map(), { root, taskId })['me'] === 'yes';
  return { permissions, isAllowed, clock, asked: () => asked };
}

it('a yes in one repository is none in another that has a budget of the same name', async () => {
  const { permissions, isAllowed } = permissionsThat('period');
  expect(await permissions.ask(decision, { root: '/stranger', taskId: 't' }, signal)).toEqual(new Set());
  expect([isAllowed('/stranger', 'u'), isAllowed('/mine', 't')]).toEqual([true, false]);
});

it('a yes for a task is for no other one', async () => {
  const { permissions, isAllowed } = permissionsThat('task');
  await permissions.ask(decision, { root: '/mine', taskId: 't' }, signal);
  expect([isAllowed('/mine', 't'), isAllowed('/mine', 'u'), isAllowed('/mine', undefined)]).toEqual([
    true,
    false,
    false,
  ]);
});

it('a yes for this once, of what is no task that goes on, is for its like and for half an hour', async () => {
  const { permissions, isAllowed, clock } = permissionsThat('task');
  await permissions.ask(decision, { root: '/mine', taskId: undefined }, signal);
  expect([isAllowed('/mine', undefined), isAllowed('/mine', 't')]).toEqual([true, false]);
  clock.now += 1_800_000;
  expect(isAllowed('/mine', undefined)).toBe(false);
});

it('a yes until the period ends is over with it', async () => {
  const { permissions, isAllowed, clock } = permissionsThat('period');
  await permissions.ask(decision, { root: '/mine', taskId: 't' }, signal);
  clock.now = Date.parse('2026-11-23T23:59:59Z');
  expect(isAllowed('/mine', 'u')).toBe(true);
  clock.now += 1_000;
  expect(isAllowed('/mine', 'u')).toBe(false);
});

it('a clock that was ahead when a yes was given does not let it hold before', async () => {
  const { permissions, isAllowed, clock } = permissionsThat('period');
  await permissions.ask(decision, { root: '/mine', taskId: 't' }, signal);
  clock.now -= 86_400_000;
  expect(isAllowed('/mine', 't')).toBe(false);
});

it('a no holds for ten minutes, and asks nobody meanwhile', async () => {
  const { permissions, clock, asked } = permissionsThat('no');
  const place = { root: '/mine', taskId: 't' };
  for (const wait of [0, 599_999, 1]) {
    clock.now += wait;
    expect(await permissions.ask(decision, place, signal)).toEqual(new Set(['me']));
  }
  expect(asked()).toBe(2);
});

it('a yes that comes after its request has given up holds from then on', async () => {
  const clock = Date.parse('2026-11-23T10:00:00Z');
  let answer: (given: AskBudgetAnswer) => void = () => undefined;
  let asked = 0;
  const permissions = new Permissions({
    book: new PermitBook(undefined),
    ask: () => {
      asked += 1;
      return new Promise((settle) => {
        answer = settle;
      });
    },
    repoKey: (root) => `key of ${root}`,
    now: () => clock,
    log: () => undefined,
  });
  const place = { root: '/mine', taskId: 't' };
  const patience = new AbortController();
  const waiting = permissions.ask(decision, place, patience.signal);
  patience.abort();
  expect(await waiting).toEqual(new Set(['me']));
  const again = permissions.ask(decision, place, signal);
  answer('task');
  // Who asks meanwhile waits for the same answer, rather than putting the question once more.
  expect(await again).toEqual(new Set());
  expect(asked).toBe(1);
  expect(permissions.answers(policy, new Map(), place)).toEqual({ me: 'yes' });
});

it('no task is asked for where no budget asks', () => {
  const { permissions } = permissionsThat('no');
  const place = {
    root: '/mine',
    get taskId(): string {
      throw new Error('It was asked for.');
    },
  };
  const silent = policyWith({
    default: SONNET,
    budgets: [{ id: 'me', per: 'task', usd: 10, then: 'block' }],
  });
  expect(permissions.answers(silent, new Map(), place)).toEqual({});
  expect(() => permissions.answers(policy, new Map(), place)).toThrow('It was asked for.');
});

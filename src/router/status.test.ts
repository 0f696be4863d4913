// What the status bar says of a request is put together for whoever looks at it, once, and is the same whenever that is.
import { expect, test } from 'vitest';
import type { RouteStatus } from '../contract/messages.ts';
import type { AttemptReport } from './dispatch.ts';
import { routerHere } from './router.fixture.ts';
import { StatusBoard, type StatusPorts } from './status.ts';

const report: AttemptReport<unknown> = {
  target: {
    kind: 'model',
    target: 'anthropic/claude-haiku-5-5',
    provider: 'anthropic',
    model: 'claude-haiku-5-5',
  },
  place: 0,
  startedAt: 0,
  latencyMs: 1_000,
  asked: true,
  end: { kind: 'served', result: undefined },
};

function boardOf(publish?: StatusPorts['publish']): { readonly board: StatusBoard; readonly asked: string[] } {
  const asked: string[] = [];
  const found = <Value>(name: string, value: Value): Value => {
    asked.push(name);
    return value;
  };
  const board = new StatusBoard({
    cost: () => found('cost', 400_000),
    isSimulated: () => found('simulated', false),
    today: () => found('today', undefined),
    recorderWarning: () => found('warning', 'The disk is full.'),
    ...(publish ? { publish } : {}),
  });
  return { board, asked };
}

test('nothing is found out of a request for a status that nobody sees; whoever looks later sees all of it', async () => {
  const { router, params } = await routerHere({ version: 1, default: 'anthropic/claude-haiku-5-5' });
  const prepared = await router.decide(params('hello'), AbortSignal.timeout(50_000));
  const [unseen, seen] = [boardOf(), boardOf((status) => published.push(status))];
  const published: RouteStatus[] = [];
  for (const { board } of [unseen, seen]) {
    board.working(prepared, 'chat');
    board.served(prepared, 'chat', report, [report]);
  }
  expect(unseen.asked).toEqual([]);
  expect(published.map(({ state, label }) => [state, label])).toEqual([
    ['working', 'haiku-5-5 (simulated) …'],
    ['routed', 'haiku-5-5 · $0.0004'],
  ]);
  expect(JSON.stringify(unseen.board.status)).toBe(JSON.stringify(published.at(-1)));
  expect(unseen.board.status).toBe(unseen.board.status);
  expect(unseen.board.status.tooltip).toContain('The disk is full');
  expect(unseen.board.lastExplanation).toBe(seen.board.lastExplanation);
  expect(unseen.asked.filter((name) => name === 'warning')).toHaveLength(1);
});

test('what is shown already is not sent again, and a small request of the editor hides no person’s', async () => {
  const { router, params } = await routerHere({ version: 1, default: 'anthropic/claude-haiku-5-5' });
  const prepared = await router.decide(params('hello'), AbortSignal.timeout(50_000));
  const labels: string[] = [];
  const { board } = boardOf(({ label }) => labels.push(label));
  for (let times = 0; times < 2; times++) board.served(prepared, 'chat', report, [report]);
  const small = board.failed(prepared, 'utility', 'It failed.', []);
  expect(small.label).toBe('Request failed');
  expect(labels).toEqual(['haiku-5-5 · $0.0004']);
  expect(board.failed(prepared, 'chat', 'It failed.', []).tooltip).toContain('It failed');
  expect(labels).toEqual(['haiku-5-5 · $0.0004', 'Request failed']);
});

import { beforeEach, expect, test } from 'vitest';
import { IDLE_MS } from '../../usage/task.ts';
import { CommitWatch, type StandsOn } from './commitWatch.ts';

let time: number;
let head: StandsOn | undefined;
let timers: { readonly at: number; readonly run: () => void }[];
let seen: string[];
let times: number[];
let looks: number;
let movedAt: number | undefined;
let watch: CommitWatch;

beforeEach(() => {
  time = 0;
  head = { branch: 'main', commit: 'c0' };
  timers = [];
  seen = [];
  times = [];
  looks = 0;
  movedAt = undefined;
  watch = new CommitWatch({
    tempo: 1,
    now: () => time,
    after: (ms, run) => {
      const timer = { at: time + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    head: async () => {
      looks += 1;
      return head;
    },
    movedAt: async () => movedAt,
    changed: async (_root, from, to) => (to === 'huge' ? Array.from({ length: 2_000 }, String) : [`${from}..${to}`]),
    committed: (root, files, by) => {
      seen.push(`${root} ${files === 'all' ? 'all' : files.join()}`);
      times.push(by);
    },
    failed: (error) => {
      throw error;
    },
  });
});

/** A request comes, and its facts have found this. */
const ask = (root: string, found?: StandsOn): Promise<void> => watch.watch(root, { at: time, head: found });

async function pass(ms: number): Promise<void> {
  const until = time + ms;
  for (;;) {
    const [next] = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
    if (next === undefined) break;
    timers = timers.filter((one) => one !== next);
    time = next.at;
    next.run();
    for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
  }
  time = until;
}

test('a folder without a repository is not looked at again until a request is about it', async () => {
  head = undefined;
  await ask('/plain');
  await pass(60_000);
  expect(looks).toBe(1);
  await ask('/plain');
  expect(looks).toBe(2);
});

test('a commit is told once, with its files, a quarter of a minute after it at most', async () => {
  await ask('/repo');
  head = { branch: 'main', commit: 'c1' };
  await pass(15_000);
  await pass(60_000);
  expect(seen).toEqual(['/repo c0..c1']);
});

test.each<readonly [string, StandsOn | undefined, StandsOn | undefined, readonly string[]]>([
  ['another branch is no commit', { branch: 'main', commit: 'c0' }, { branch: 'other', commit: 'c1' }, []],
  ['the first commit is of all', { branch: 'main' }, { branch: 'main', commit: 'c1' }, ['/repo all']],
  [
    'a merge of very many files is of all',
    { branch: 'main', commit: 'c0' },
    { branch: 'main', commit: 'huge' },
    ['/repo all'],
  ],
  ['a commit on no branch is one', { commit: 'c0' }, { commit: 'c1' }, ['/repo c0..c1']],
  ['what cannot be read is none', { branch: 'main', commit: 'c0' }, undefined, []],
])('%s', async (_what, before, after, told) => {
  head = before;
  await ask('/repo');
  head = after;
  await pass(15_000);
  expect(seen).toEqual(told);
});

test('what a request has found already was there before it, however much later it is looked for', async () => {
  await ask('/repo', head);
  await pass(1_000);
  head = { branch: 'main', commit: 'c1' };
  await ask('/repo');
  await pass(1_000);
  head = { branch: 'main', commit: 'c2' };
  await ask('/repo', head);
  await ask('/repo');
  await pass(13_000);
  expect(seen).toEqual(['/repo c0..c1', '/repo c1..c2']);
  expect(times).toEqual([999, 1_999]);
  head = { branch: 'main', commit: 'c3' };
  await pass(15_000);
  expect(seen.slice(2)).toEqual(['/repo c2..c3']);
  expect(times.slice(2)).toEqual([30_000]);
});

test('a commit after a journey to another branch and back is one', async () => {
  await ask('/repo', head);
  await pass(1_000);
  await ask('/repo', { branch: 'other', commit: 'c5' });
  await ask('/repo', { branch: 'main', commit: 'c0' });
  await pass(1_000);
  head = { branch: 'main', commit: 'c1' };
  await ask('/repo', head);
  await pass(13_000);
  expect(seen).toEqual(['/repo c0..c1']);
});

test.each<readonly [string, StandsOn]>([
  ['another branch', { branch: 'feature', commit: 'c1' }],
  ['no branch, as in the middle of a rebase', { commit: 'x' }],
])('a commit is one though a request has met %s in between', async (_what, between) => {
  await ask('/repo', head);
  await pass(1_000);
  await ask('/repo', between);
  head = { branch: 'main', commit: 'c1' };
  await pass(14_000);
  expect(seen).toEqual(['/repo c0..c1']);
});

test('a commit is told once, in whichever order requests are heard of that have looked before it and after it', async () => {
  await ask('/repo', head);
  await pass(1_000);
  const before = head;
  head = { branch: 'main', commit: 'c1' };
  await ask('/repo', head);
  await pass(1_000);
  await ask('/repo', before);
  await ask('/repo', head);
  await pass(13_000);
  expect(seen).toEqual(['/repo c0..c1']);
  expect(times).toEqual([999]);
});

test('what requests have found is not forgotten by a look that finds nothing', async () => {
  await ask('/repo', head);
  await pass(2_000);
  const after = { branch: 'main', commit: 'c1' };
  await ask('/repo', after);
  head = undefined;
  await pass(13_000);
  head = after;
  await pass(15_000);
  expect(seen).toEqual(['/repo c0..c1']);
  expect(times).toEqual([1_999]);
});

test.each<readonly [string, number | undefined, number]>([
  ['when git moved HEAD, if nobody here was asked since', 17_000, 17_000],
  ['not before the last look, which has not found it', 14_990, 15_000],
  ['now, where what git has kept is of an older move', 3_000, 30_000],
  ['not after now', 90_000, 30_000],
  ['now, where git keeps no record', undefined, 30_000],
])('a commit was there by then: %s', async (_what, moved, by) => {
  await ask('/repo', head);
  await pass(16_000);
  head = { branch: 'main', commit: 'c1' };
  movedAt = moved;
  await pass(14_000);
  expect(seen).toEqual(['/repo c0..c1']);
  expect(times).toEqual([by]);
});

test('a repository is watched for as long as a task in it can be open, and then no more', async () => {
  await ask('/repo');
  await pass(IDLE_MS - 1_000);
  await ask('/repo');
  await pass(IDLE_MS - 1_000);
  head = { branch: 'main', commit: 'c1' };
  await pass(15_000);
  expect(seen).toHaveLength(1);
  await pass(60_000);
  expect(timers).toEqual([]);
});

test('nothing is looked at once it is disposed', async () => {
  await ask('/repo');
  watch.dispose();
  expect(timers).toEqual([]);
});

test('of very many repositories those are looked at that requests were about last', async () => {
  for (let n = 0; n < 300; n += 1) {
    await ask('/used');
    await ask(`/repo ${n}`);
  }
  head = { branch: 'main', commit: 'c1' };
  looks = 0;
  await watch.look();
  expect(looks).toBe(100);
  expect(seen).toHaveLength(100);
  expect(seen).toContain('/used c0..c1');
  expect(seen).not.toContain('/repo 200 c0..c1');
});

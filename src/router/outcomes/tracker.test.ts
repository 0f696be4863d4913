import { describe, expect, it } from 'vitest';
import type { TypedText } from '../../usage/outcomes/typing.ts';
import { AgentEdits } from './agentEdits.ts';
import { OutcomeTracker, type Seen, type TextPlace } from './tracker.ts';

/** A world with one repository, whose clock and timers go on when they are told to. */
class World {
  time = 0;
  head: { branch?: string; commit?: string } | undefined = { branch: 'main', commit: 'c0' };
  readonly files = new Map<string, string>();
  readonly unreadable = new Set<string>();
  /** When each file was written, where that matters. */
  readonly written = new Map<string, number>();
  readonly commits = new Map<string, ReadonlyMap<string, string>>();
  readonly seen: string[] = [];
  #timers: { at: number; run: () => void }[] = [];
  readonly tracker: OutcomeTracker;

  constructor(tempo = 1) {
    this.tracker = new OutcomeTracker({
      tempo,
      now: () => this.time,
      after: (ms, run) => this.after(ms, run),
      text: ({ path }: TextPlace) =>
        Promise.resolve(this.unreadable.has(path) ? undefined : (this.files.get(path) ?? '')),
      committed: ({ path }, commit) => Promise.resolve(this.commits.get(commit)?.get(path)),
      head: () => Promise.resolve(this.head),
      seen: (taskId, seen) => {
        this.seen.push(`${taskId} ${words(seen)}`);
      },
      failed: (error) => {
        throw error;
      },
    });
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.time + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  async pass(ms: number): Promise<void> {
    const until = this.time + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.time = Math.max(this.time, next.at);
      next.run();
      await settled();
    }
    this.time = until;
  }

  commit(name: string): void {
    this.commits.set(name, new Map(this.files));
    this.head = { ...this.head, commit: name };
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

function words(seen: Seen): string {
  return seen.kind === 'sample' ? `${seen.ageMs / 1000}s ${seen.survival.toFixed(2)}` : seen.kind;
}

const root = '/repo';
const before = 'one();\ntwo();\n';
const written = 'const total = sum(prices);\nreport(total, currency);\n';
const after = `one();\n${written}two();\n`;
const put = { root, path: 'a.ts', before, after };

async function put1(): Promise<World> {
  const world = new World();
  world.files.set('a.ts', after);
  await world.tracker.put('t', put);
  return world;
}

describe('text that was put in', () => {
  it('is looked at five times, and kept where nobody touches it', async () => {
    const world = await put1();
    await world.pass(700_000);
    expect(world.seen).toEqual(['t accepted', 't 15s 1.00', 't 30s 1.00', 't 120s 1.00', 't 300s 1.00', 't 600s 1.00']);
  });

  it('grows old as fast as it is told to', async () => {
    const world = new World(60);
    world.files.set('a.ts', after);
    await world.tracker.put('u', put);
    await world.pass(10_000);
    expect(world.seen.slice(1)).toEqual(['u 15s 1.00', 'u 30s 1.00', 'u 120s 1.00', 'u 300s 1.00', 'u 600s 1.00']);
  });

  it('loses what a person takes out of it', async () => {
    const world = await put1();
    await world.pass(20_000);
    world.files.set('a.ts', after.replace('const total = sum(prices);\n', ''));
    await world.pass(15_000);
    expect(world.seen.at(-1)).toMatch(/^t 30s 0\.[45]/);
  });

  it('is undone where the file is as it was', async () => {
    const world = await put1();
    world.files.set('a.ts', before);
    await world.pass(15_000);
    expect(world.seen.at(-1)).toBe('t undone');
  });

  it('that is put in once more after it was undone has lost nothing', async () => {
    const world = await put1();
    world.files.set('a.ts', before);
    await world.pass(15_000);
    world.files.set('a.ts', after);
    await world.tracker.put('t', put);
    await world.pass(300_000);
    expect(world.seen).toEqual([
      't accepted',
      't undone',
      't accepted',
      't 15s 1.00',
      't 30s 1.00',
      't 120s 1.00',
      't 300s 1.00',
    ]);
  });

  it('is not judged on another branch, and is again on its own', async () => {
    const world = await put1();
    world.head = { branch: 'other', commit: 'x' };
    world.files.set('a.ts', before);
    await world.pass(200_000);
    expect(world.seen).toEqual(['t accepted']);
    world.head = { branch: 'main', commit: 'c0' };
    world.files.set('a.ts', after);
    await world.pass(150_000);
    expect(world.seen).toEqual(['t accepted', 't 300s 1.00']);
  });

  it('is looked at anew from when the task put more in', async () => {
    const world = await put1();
    await world.pass(16_000);
    const more = after.replace('two();', 'two();\nthree(total, currency);');
    world.files.set('a.ts', more);
    await world.tracker.put('t', { root, path: 'a.ts', before: after, after: more });
    await world.pass(15_000);
    expect(world.seen).toEqual(['t accepted', 't 15s 1.00', 't accepted', 't 15s 1.00']);
  });

  it('a task that takes out again what it had put in itself has lost nothing', async () => {
    const world = await put1();
    const better = after.replace('const total = sum(prices);', 'const total = add(all(prices));');
    world.files.set('a.ts', better);
    await world.tracker.put('t', { root, path: 'a.ts', before: after, after: better });
    await world.pass(15_000);
    expect(world.seen.at(-1)).toBe('t 15s 1.00');
  });

  it('what a person took out before the task went on stays lost', async () => {
    const world = await put1();
    const cut = after.replace('const total = sum(prices);\n', '');
    const more = `${cut}last(line);\n`;
    world.files.set('a.ts', more);
    await world.tracker.put('t', { root, path: 'a.ts', before: cut, after: more });
    await world.pass(15_000);
    expect(world.seen.at(-1)).toMatch(/^t 15s 0\.[56]/);
  });

  it('is said nothing of where it cannot be read', async () => {
    const world = await put1();
    world.unreadable.add('a.ts');
    await world.pass(700_000);
    expect(world.seen).toEqual(['t accepted']);
  });

  it('is said nothing of when the moment was slept through', async () => {
    const world = await put1();
    world.time = 8 * 3_600_000;
    await world.pass(3_600_000);
    expect(world.seen).toEqual(['t accepted']);
  });

  it('counts the files of a task together', async () => {
    const world = await put1();
    world.files.set('b.ts', written);
    await world.tracker.put('t', { root, path: 'b.ts', before: '', after: written });
    world.files.delete('b.ts');
    await world.pass(15_000);
    expect(world.seen.at(-1)).toMatch(/^t 15s 0\.5/);
  });
});

describe('a commit', () => {
  it('that has what was put in is the end of the watch', async () => {
    const world = await put1();
    world.commit('c1');
    await world.pass(16_000);
    expect(world.seen.at(-1)).toBe('t committed');
    await world.pass(700_000);
    expect(world.seen.at(-1)).toBe('t committed');
  });

  it.each([
    ['without the file', before],
    ['with a file that was cut down', after.replace('report(total, currency);\n', '')],
  ])('%s is none of it', async (_name, text) => {
    const world = await put1();
    world.files.set('a.ts', text);
    world.commit('c1');
    world.files.set('a.ts', after);
    await world.pass(40_000);
    expect(world.seen).not.toContain('t committed');
  });

  it('hours later counts, if the router is still there', async () => {
    const world = await put1();
    await world.pass(3 * 3_600_000);
    world.commit('c1');
    await world.pass(16_000);
    expect(world.seen.at(-1)).toBe('t committed');
  });

  it('a day later is not waited for', async () => {
    const world = await put1();
    await world.pass(24 * 3_600_000);
    world.commit('c1');
    await world.pass(60_000);
    expect(world.seen).not.toContain('t committed');
  });
});

describe('an agent at work', () => {
  const edits = (world: World, typed: ReadonlyMap<string, TypedText> = new Map()): AgentEdits =>
    new AgentEdits(world.tracker, {
      now: () => world.time,
      typed: () => Promise.resolve(typed),
      head: () => Promise.resolve(`${world.head?.branch} ${world.head?.commit}`),
      reader: () => Promise.resolve((path) => Promise.resolve(world.files.get(path) ?? '')),
      writtenSince: ({ path }, at) => (world.written.get(path) ?? 0) >= at,
      committed: ({ path }) => Promise.resolve(world.commits.get('c0')?.get(path)),
      after: (ms, run) => world.after(ms, run),
      noChange: (taskId) => world.seen.push(`${taskId} no change`),
      failed: (error) => {
        throw error;
      },
    });
  const turn = { taskId: 't', conversation: 'c', root, paths: ['a.ts'] };

  it('has written what changed between its answer and the results', async () => {
    const world = new World();
    const agent = edits(world);
    world.files.set('a.ts', before);
    await agent.turn({ ...turn, bringsResults: false });
    world.files.set('a.ts', after);
    await agent.turn({ ...turn, bringsResults: true });
    await world.pass(15_000);
    expect(world.seen).toEqual(['t accepted', 't 15s 1.00']);
  });

  it('has not written what a person typed meanwhile', async () => {
    const world = new World();
    const start = after.indexOf(written);
    const typed = new Map([['a.ts', { text: after, spans: [{ start, end: start + written.length }] }]]);
    const agent = edits(world, typed);
    world.files.set('a.ts', before);
    await agent.turn({ ...turn, bringsResults: false });
    world.files.set('a.ts', after);
    await agent.turn({ ...turn, bringsResults: true });
    await world.pass(15_000);
    expect(world.seen).toEqual([]);
  });

  it('keeps its own beside what a person typed, in whatever request it came', async () => {
    const world = new World();
    const typed = new Map<string, TypedText>();
    const agent = edits(world, typed);
    world.files.set('a.ts', before);
    await agent.turn({ ...turn, bringsResults: false });
    world.files.set('a.ts', after);
    await agent.turn({ ...turn, bringsResults: true });
    const theirs = '// what the person thinks of it\n';
    const both = theirs + after;
    world.files.set('a.ts', both);
    typed.set('a.ts', { text: both, spans: [{ start: 0, end: theirs.length }] });
    await agent.turn({ ...turn, bringsResults: true });
    const more = `${both}export const more = [1, 2, 3];\n`;
    world.files.set('a.ts', more);
    typed.set('a.ts', { text: more, spans: [{ start: 0, end: theirs.length }] });
    await agent.turn({ ...turn, bringsResults: true });
    // The person takes their own words out again.
    world.files.set('a.ts', more.slice(theirs.length));
    await world.pass(15_000);
    expect(world.seen).toEqual(['t accepted', 't accepted', 't 15s 1.00']);
  });

  it('has written what the editor put in for an edit, though nothing is asked after it', async () => {
    const world = new World();
    const typed = new Map<string, TypedText>();
    const agent = edits(world, typed);
    world.files.set('a.ts', before).set('b.ts', before);
    await agent.turn({ ...turn, paths: ['a.ts', 'b.ts'], bringsResults: false });
    agent.answered(turn);
    // Nothing has changed in an open document: somebody has written to the disk.
    world.files.set('a.ts', after).set('b.ts', after);
    typed.set('a.ts', { text: after, spans: [] });
    await world.pass(19_000);
    expect(world.seen).toEqual([]);
    await world.pass(1_000);
    await world.tracker.lookForCommits();
    world.files.set('b.ts', '');
    await world.pass(15_000);
    expect(world.seen).toEqual(['t accepted', 't 15s 1.00']);
  });

  it('has not written, as an edit, what another conversation has looked at since', async () => {
    const world = new World();
    const agent = edits(world, new Map([['a.ts', { text: after, spans: [] }]]));
    world.files.set('a.ts', before);
    await agent.turn({ ...turn, bringsResults: false });
    agent.answered(turn);
    world.time = 1_000;
    await agent.turn({ ...turn, taskId: 'u', conversation: 'd', bringsResults: false });
    world.files.set('a.ts', after);
    await world.pass(30_000);
    expect(world.seen).toEqual([]);
  });

  it('has not written what changed before a person asked on', async () => {
    const world = new World();
    const agent = edits(world);
    world.files.set('a.ts', before);
    await agent.turn({ ...turn, bringsResults: false });
    world.files.set('a.ts', after);
    await agent.turn({ ...turn, bringsResults: false });
    expect(world.seen).toEqual([]);
  });

  it('has not written what it names for the first time and nobody has written since', async () => {
    const world = new World();
    const agent = edits(world);
    world.files.set('old.ts', before);
    world.commit('c0');
    // The person's own work, not committed yet.
    world.files.set('old.ts', after);
    world.files.set('new.ts', written);
    world.time = 5_000;
    await agent.turn({ ...turn, paths: [], bringsResults: false });
    world.time = 9_000;
    await agent.turn({ ...turn, paths: ['old.ts', 'new.ts'], bringsResults: true });
    await world.pass(15_000);
    expect(world.seen).toEqual([]);
  });

  it('has written a file that it names for the first time, beside what was committed of it', async () => {
    const world = new World();
    const agent = edits(world);
    world.files.set('old.ts', before);
    world.commit('c0');
    await agent.turn({ ...turn, paths: [], bringsResults: false });
    world.files.set('old.ts', after);
    world.files.set('new.ts', written);
    await agent.turn({ ...turn, paths: ['old.ts', 'new.ts', 'gone.ts'], bringsResults: true });
    world.files.set('new.ts', '');
    await world.pass(15_000);
    expect(world.seen.at(-1)).toMatch(/^t 15s 0\.[45]/);
  });

  it('that changed nothing, and was not asked on, has changed nothing', async () => {
    const world = new World();
    const agent = edits(world);
    world.files.set('a.ts', before);
    await agent.turn({ ...turn, bringsResults: false });
    await world.pass(400_000);
    await agent.turn({ ...turn, bringsResults: true });
    await world.pass(500_000);
    expect(world.seen).toEqual([]);
    await world.pass(200_000);
    expect(world.seen).toEqual(['t no change']);
  });

  it('whose files changed all the same, though nobody asked on, may have changed them', async () => {
    const world = new World();
    const agent = edits(world);
    world.files.set('a.ts', before);
    await agent.turn({ ...turn, bringsResults: false });
    world.files.set('a.ts', after);
    await world.pass(700_000);
    expect(world.seen).toEqual([]);
  });

  it('has not written what a pull or another branch brings', async () => {
    const world = new World();
    const agent = edits(world);
    world.files.set('a.ts', before);
    await agent.turn({ ...turn, bringsResults: false });
    world.files.set('a.ts', after);
    world.commit('c1');
    await agent.turn({ ...turn, bringsResults: true });
    await world.pass(15_000);
    expect(world.seen).toEqual([]);
  });

  it('that has written something is not told of again', async () => {
    const world = new World();
    const agent = edits(world);
    world.files.set('a.ts', before);
    await agent.turn({ ...turn, bringsResults: false });
    world.files.set('a.ts', after);
    await agent.turn({ ...turn, bringsResults: true });
    await world.pass(700_000);
    expect(world.seen).not.toContain('t no change');
  });

  it('in one conversation has nothing to do with another', async () => {
    const world = new World();
    const agent = edits(world);
    world.files.set('a.ts', before);
    await agent.turn({ ...turn, bringsResults: false });
    world.files.set('a.ts', after);
    await agent.turn({ ...turn, taskId: 'u', conversation: 'd', bringsResults: true });
    expect(world.seen).toEqual([]);
  });
});

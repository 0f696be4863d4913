import { describe, expect, it } from 'vitest';
import type { TypedText } from '../../usage/outcomes/typing.ts';
import { AgentEdits } from './agentEdits.ts';
import { after, before, root, World, written } from './outcomeWorld.fixture.ts';

describe('an agent at work', () => {
  const edits = (world: World, typed: ReadonlyMap<string, TypedText> = new Map()): AgentEdits =>
    new AgentEdits(world.tracker, {
      tempo: 1,
      now: () => world.time,
      elapsed: () => world.time,
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

  /** An agent that was asked about a file, as it was before. */
  async function begun(typed?: ReadonlyMap<string, TypedText>): Promise<{ world: World; agent: AgentEdits }> {
    const world = new World();
    const agent = edits(world, typed);
    world.files.set('a.ts', before);
    await agent.turn({ ...turn, bringsResults: false });
    return { world, agent };
  }

  it('has written what changed between its answer and the results', async () => {
    const { world, agent } = await begun();
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
    const typed = new Map<string, TypedText>();
    const { world, agent } = await begun(typed);
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
    const { world, agent } = await begun();
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
    const { world, agent } = await begun();
    await world.pass(400_000);
    await agent.turn({ ...turn, bringsResults: true });
    await world.pass(500_000);
    expect(world.seen).toEqual([]);
    await world.pass(200_000);
    expect(world.seen).toEqual(['t no change']);
  });

  it('whose files changed all the same, though nobody asked on, may have changed them', async () => {
    const { world } = await begun();
    world.files.set('a.ts', after);
    await world.pass(700_000);
    expect(world.seen).toEqual([]);
  });

  it('has not written what a pull or another branch brings', async () => {
    const { world, agent } = await begun();
    world.files.set('a.ts', after);
    world.commit('c1');
    await agent.turn({ ...turn, bringsResults: true });
    await world.pass(15_000);
    expect(world.seen).toEqual([]);
  });

  it('that has written something is not told of again', async () => {
    const { world, agent } = await begun();
    world.files.set('a.ts', after);
    await agent.turn({ ...turn, bringsResults: true });
    await world.pass(700_000);
    expect(world.seen).not.toContain('t no change');
  });

  it('leaves no timer behind for each conversation, however many there are in a moment', async () => {
    const world = new World();
    const agent = edits(world);
    world.files.set('a.ts', before);
    for (let n = 0; n < 5_000; n += 1) {
      const one = { taskId: `t${n}`, conversation: `c${n}`, root };
      await agent.turn({ ...one, paths: ['a.ts'], bringsResults: false });
      agent.answered(one);
      world.time += 10;
    }
    expect(world.timers).toBe(2);
    expect(agent.waiting).toBeLessThanOrEqual(4_040);
    await world.pass(700_000);
    // Those of the conversations that are still remembered.
    expect(world.seen).toHaveLength(40);
    expect(world.seen.at(-1)).toBe('t4999 no change');
    expect(world.timers).toBe(0);
    expect(agent.waiting).toBe(0);
  });

  it('in one conversation has nothing to do with another', async () => {
    const { world, agent } = await begun();
    world.files.set('a.ts', after);
    await agent.turn({ ...turn, taskId: 'u', conversation: 'd', bringsResults: true });
    expect(world.seen).toEqual([]);
  });
});

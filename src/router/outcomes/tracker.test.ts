import { describe, expect, it } from 'vitest';
import { after, before, put, root, World, written } from './outcomeWorld.fixture.ts';

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

  it('is looked at as often by timers that are early, and by a clock that is set back', async () => {
    const world = await put1();
    world.early = 40;
    await world.pass(200_000);
    world.time -= 1_000;
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

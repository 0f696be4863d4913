import { setImmediate as soon } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Afterwards } from './afterwards.ts';

function started(): { readonly after: Afterwards; readonly done: string[] } {
  const done: string[] = [];
  return { after: new Afterwards((error) => done.push(String(error))), done };
}

test('what is left to do is done in its order when it is time, and once', async () => {
  const { after, done } = started();
  after.add(() => done.push('one'));
  after.add(() => done.push('two'));
  expect(done).toEqual([]);
  after.now();
  expect(done).toEqual(['one', 'two']);
  after.now();
  await soon();
  expect(done).toEqual(['one', 'two']);
});

test('where it never becomes time, as with a client that does not read, it is done soon', async () => {
  const { after, done } = started();
  after.add(() => done.push('one'));
  await soon();
  await soon();
  expect(done).toEqual(['one']);
});

test('one that fails keeps no other from being done, and what one leaves behind is done too', async () => {
  const { after, done } = started();
  after.add(() => {
    throw new Error('broken');
  });
  after.add(() => after.add(() => done.push('later')));
  after.now();
  await soon();
  await soon();
  expect(done).toEqual(['Error: broken', 'later']);
});

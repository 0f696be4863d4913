import { expect, it } from 'vitest';
import { POLICY_FILE } from '../../workspace/policyFile.ts';
import { type Scratch, scratch } from '../../workspace/scratch.fixture.ts';
import { bounds } from './bounds.ts';
import { folder, inForce, policies, policyText, shape } from './sources.fixture.ts';

const broken = '{ "version": 1, ';

/** A repository whose merged policy was made stricter, and not merged yet. */
function stricter(name: string): Scratch {
  const made = scratch();
  made.commit({ [POLICY_FILE]: policyText(`merged-${name}`) });
  made.write(POLICY_FILE, policyText(`strict-${name}`));
  return made;
}

it('a policy that breaks loosens nothing, however many other folders were asked about since', async () => {
  const { root, write } = stricter('a');
  const asked = policies({ stateFolder: folder() });
  await inForce(root, asked);
  for (let n = 0; n <= bounds.places; n += 1) await inForce(scratch('folder').root, asked);
  write(POLICY_FILE, broken);
  const found = await inForce(root, asked);
  expect(found.kind).toBe('last-good');
  expect(shape(found).constraints).toContain('strict-a');
});

it('of repositories that are asked about in turn each has its own, and its own last good one', async () => {
  const [one, other] = [stricter('one'), stricter('other')];
  const asked = policies({ stateFolder: folder() });
  const strictOf = async ({ root }: Scratch): Promise<readonly string[]> =>
    shape(await inForce(root, asked)).constraints.filter((id) => id.startsWith('strict-'));
  for (let turn = 0; turn < 2; turn += 1) {
    expect(await strictOf(one)).toEqual(['strict-one']);
    expect(await strictOf(other)).toEqual(['strict-other']);
  }
  one.write(POLICY_FILE, broken);
  expect(await strictOf(one)).toEqual(['strict-one']);
  expect(await strictOf(other)).toEqual(['strict-other']);
  one.write(POLICY_FILE, policyText('strict-again'));
  expect(await strictOf(one)).toEqual(['strict-again']);
});

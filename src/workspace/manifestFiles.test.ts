import { expect, it } from 'vitest';
import { CommittedManifests, type ManifestFiles, silentFiles } from './manifestFiles.ts';

const nothing: ManifestFiles = { ...silentFiles, key: async () => '' };

it('lists a commit once, also where it is named twice and asked for again', async () => {
  const listed: string[] = [];
  const manifests = new CommittedManifests(async (commit) => {
    listed.push(commit);
    return nothing;
  });
  expect(await manifests.of(['a', 'a'])).toEqual([nothing]);
  await Promise.all([manifests.of(['a', 'b']), manifests.of(['b', 'a', 'b'])]);
  expect(listed).toEqual(['a', 'b']);
});

it('tries a commit again that could not be listed', async () => {
  let tries = 0;
  const manifests = new CommittedManifests(async () => {
    tries += 1;
    if (tries === 1) throw new Error('git is busy');
    return nothing;
  });
  expect(await manifests.of(['a'])).toEqual([silentFiles]);
  expect(await manifests.of(['a'])).toEqual([nothing]);
});

// The repository that `npm start` opens: the sample with a little history, in a folder that git ignores.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createRepository } from '../test/host/repository.ts';
import { ROOT } from './steps.ts';

const TEMPLATE = join(ROOT, 'test', 'sample');

/**
 * Makes the sample repository, or leaves the one of an earlier start as it is: a person's edits survive.
 * @param fresh throws away the one of an earlier start
 * @returns its folder
 */
export async function prepareSample(fresh: boolean): Promise<string> {
  const folder = join(ROOT, '.host', 'sample');
  if (fresh) await rm(folder, { recursive: true, force: true });
  if (existsSync(join(folder, '.git', 'HEAD'))) return folder;
  await rm(folder, { recursive: true, force: true });
  const repository = await createRepository({ folder, from: TEMPLATE });
  await repository.write({ 'docs/receipts.md': '# Receipts\n\nOne article a line, the total at the end.\n' });
  await repository.commit('Describe receipts');
  await repository.write({
    'docs/receipts.md': '# Receipts\n\nOne article a line, then the total, discount taken off.\n',
  });
  await repository.commit('Say that the total is after discount');
  return folder;
}

import { realpath } from 'node:fs/promises';
import { dirname, join, parse, posix } from 'node:path';
import * as z from 'zod';
import { limits } from '../../workspace/limits.ts';
import { readRegularFile } from '../../workspace/untracked.ts';
import { isRepositoryPath } from '../../workspace/workingPaths.ts';
import { readOnDisk, type TextRead } from './ground.ts';

/** A policy in an installed package, with every file whose appearance or change would mean another. */
export interface NpmRead {
  readonly read: TextRead;
  readonly watched: readonly string[];
}

const manifestShape = z.object({ 'routing-policy': z.string().optional() });
const usualFiles = ['routing-policy.json', 'index.json'];

/**
 * Finds a package as Node does: in `node_modules` of a folder, then of those above it. The policy is the file that its
 * package.json names as `routing-policy`, else `routing-policy.json`, else `index.json`. No code of it is run.
 *
 * @param from absolute folder to begin at
 */
export async function readPackage(packageName: string, from: string): Promise<NpmRead> {
  const watched: string[] = [];
  for (let folder = from; ; folder = dirname(folder)) {
    const home = join(folder, 'node_modules', packageName);
    const manifest = join(home, 'package.json');
    watched.push(manifest);
    const found = await readRegularFile(parse(home).root, manifest, limits.manifestBytes);
    if (found.kind === 'content') return readFrom(home, found.bytes, watched);
    if (found.kind !== 'missing')
      return { watched, read: { kind: 'unavailable', message: `${manifest} could not be read.` } };
    if (dirname(folder) === folder) break;
  }
  const message = `The package ${packageName} is not installed here: add it to the repository's dependencies and install them.`;
  return { watched, read: { kind: 'unavailable', message } };
}

async function readFrom(folder: string, manifest: Buffer, watched: string[]): Promise<NpmRead> {
  const named = namedIn(manifest);
  if (named === undefined)
    return {
      watched,
      read: {
        kind: 'unavailable',
        message: `${join(folder, 'package.json')} is not a package's manifest, or its "routing-policy" is not a path in it.`,
      },
    };
  const home = await realpath(folder);
  for (const file of named === '' ? usualFiles : [named]) {
    const path = join(home, file);
    watched.push(path);
    const read = await readOnDisk(home, path);
    if (read.kind === 'text' || named !== '')
      return {
        watched,
        read: read.kind === 'mistake' ? { ...read, kind: 'unavailable', message: `${path}: ${read.message}` } : read,
      };
  }
  const message = `The package in ${folder} has no policy: neither does its package.json name one as "routing-policy", nor is there a ${usualFiles.join(' or ')}.`;
  return { watched, read: { kind: 'unavailable', message } };
}

/** The file that a manifest names; empty where it names none, undefined where it cannot be read or leads out. */
function namedIn(manifest: Buffer): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(manifest.toString('utf8'));
  } catch {
    return undefined; // the caller says so
  }
  const { data } = manifestShape.safeParse(value);
  const named = data?.['routing-policy'];
  if (data === undefined || named === undefined) return data && '';
  const path = posix.normalize(named);
  return isRepositoryPath(path) ? path : undefined;
}

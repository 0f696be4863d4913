import { join } from 'node:path';
import { limits } from './limits.ts';
import { readRegularFile } from './untracked.ts';

/** The files at a repository's root that list the members of its workspace, each with its reader. */
const SOURCES: readonly (readonly [file: string, read: (text: string) => readonly string[]])[] = [
  ['package.json', npmMembers],
  ['pnpm-workspace.yaml', pnpmMembers],
  ['Cargo.toml', cargoMembers],
  ['go.work', goMembers],
];

/**
 * The globs of folders that the repository's own workspace files name: npm and yarn `workspaces`, pnpm `packages`, Cargo
 * `[workspace] members` (its `exclude` as globs with a leading "!"), Go `use`. Empty when there are none.
 */
export async function workspaceMembers(root: string): Promise<readonly string[]> {
  const globs: string[] = [];
  for (const [file, read] of SOURCES) {
    const content = await readRegularFile(root, join(root, file), limits.manifestBytes);
    if (content.kind === 'content') globs.push(...read(new TextDecoder().decode(content.bytes)));
  }
  return globs
    .slice(0, limits.patterns)
    .map(normalize)
    .filter((glob) => glob !== '' && glob !== '!');
}

/** The files that {@link workspaceMembers} reads. */
export const memberFiles: readonly string[] = SOURCES.map(([file]) => file);

/** `workspaces` of a package.json: a list, or an object with `packages`. */
export function npmMembers(text: string): readonly string[] {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    // npm itself reports a broken manifest; it names no members.
    return [];
  }
  const workspaces = property(manifest, 'workspaces');
  const list = Array.isArray(workspaces) ? workspaces : property(workspaces, 'packages');
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

/** The top-level `packages` of a pnpm-workspace.yaml, as a block or a flow sequence of plain or quoted strings. */
export function pnpmMembers(text: string): readonly string[] {
  const members: string[] = [];
  let inside = false;
  for (const line of text.split(/\r?\n/)) {
    if (/^packages\s*:/.test(line)) {
      inside = true;
      const flow = /\[(.*)\]/.exec(line);
      if (flow) return (flow[1] ?? '').split(',').map(unquote);
    } else if (inside && /^\s*-\s/.test(line)) members.push(unquote(line.replace(/^\s*-\s+/, '')));
    else if (/^[^\s#-]/.test(line)) inside = false;
  }
  return members;
}

/** `members` and `exclude` of a Cargo.toml's `[workspace]`. */
export function cargoMembers(text: string): readonly string[] {
  const table =
    /^\[workspace\][^\n]*\n([\s\S]*?)(?=^\[[^\n]*\]|(?![\s\S]))/m.exec(text.replaceAll('\r\n', '\n'))?.[1] ?? '';
  const list = (key: string) =>
    quotedStrings(new RegExp(`^\\s*${key}\\s*=\\s*\\[([^\\]]*)\\]`, 'm').exec(table)?.[1] ?? '');
  return [...list('members'), ...list('exclude').map((folder) => `!${folder}`)];
}

/** `use` directives of a go.work, single and in a block. */
export function goMembers(text: string): readonly string[] {
  const plain = text.replaceAll(/\/\/[^\n]*/g, '');
  const blocks = [...plain.matchAll(/^use\s*\(([^)]*)\)/gm)].flatMap((match) => (match[1] ?? '').split('\n'));
  const single = [...plain.matchAll(/^use[ \t]+([^(\s]+)/gm)].map((match) => match[1] ?? '');
  return [...blocks, ...single].map(unquote).filter((folder) => folder !== '');
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

function quotedStrings(text: string): string[] {
  const withoutComments = text.replaceAll(/^\s*#[^\n]*$/gm, '');
  return [...withoutComments.matchAll(/"([^"\n]*)"|'([^'\n]*)'/g)].map((match) => match[1] ?? match[2] ?? '');
}

function unquote(text: string): string {
  const bare = text.trim();
  const quoted = /^(["'])(.*?)\1/.exec(bare);
  return quoted ? (quoted[2] ?? '') : bare.replace(/\s+#.*$/, '');
}

/** "./packages/*\/" and "packages/*" name the same folders; "." is the root, which is no member of its own. */
function normalize(glob: string): string {
  const [, not = '', rest = ''] = /^(!?)(.*)$/s.exec(glob) ?? [];
  return (
    not +
    rest
      .replace(/^(?:\.\/)+/, '')
      .replace(/\/+$/, '')
      .replace(/^\.$/, '')
  );
}

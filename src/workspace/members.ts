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
    .filter((glob) => glob.length <= limits.patternCharacters)
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

/** The top-level `packages` of a pnpm-workspace.yaml, as a block or a one-line flow sequence of plain or quoted strings. */
export function pnpmMembers(text: string): readonly string[] {
  const members: string[] = [];
  let inside = false;
  for (const line of text.split('\n')) {
    const bare = line.trim();
    if (/^packages[ \t]*:/.test(line)) {
      inside = true;
      const flow = bare.indexOf('[');
      if (flow >= 0)
        return bare
          .slice(flow + 1, bare.lastIndexOf(']'))
          .split(',')
          .map(unquote);
    } else if (inside && bare.startsWith('- ')) members.push(unquote(bare.slice(2)));
    else if (bare !== '' && !bare.startsWith('#') && bare[0] === line[0]) inside = false;
  }
  return members;
}

/** `members` and `exclude` of a Cargo.toml's `[workspace]`. */
export function cargoMembers(text: string): readonly string[] {
  const lists = { members: [] as string[], exclude: [] as string[] };
  let inWorkspace = false;
  let list: string[] | undefined;
  for (const line of text.split('\n')) {
    const bare = line.trim();
    let rest = bare;
    if (list === undefined) {
      if (bare.startsWith('[')) inWorkspace = /^\[workspace\](?:\s*#|$)/.test(bare);
      const equals = bare.indexOf('=');
      const key = bare.slice(0, Math.max(equals, 0)).trim();
      if (!inWorkspace || (key !== 'members' && key !== 'exclude')) continue;
      list = lists[key];
      rest = bare.slice(bare.indexOf('[', equals) + 1);
    }
    if (takeStrings(rest, list)) list = undefined;
  }
  return [...lists.members, ...lists.exclude.map((folder) => `!${folder}`)];
}

/** `use` directives of a go.work, single and in a block. */
export function goMembers(text: string): readonly string[] {
  const folders: string[] = [];
  let inBlock = false;
  for (const line of text.split('\n')) {
    let bare = (line.split('//', 1)[0] ?? '').trim();
    if (!inBlock) {
      if (!/^use(?:\s|\()/.test(bare)) continue;
      bare = bare.slice('use'.length).trim();
      inBlock = bare.startsWith('(');
      if (inBlock) bare = bare.slice(1);
    }
    if (inBlock && bare.endsWith(')')) {
      inBlock = false;
      bare = bare.slice(0, -1);
    }
    if (bare !== '') folders.push(unquote(bare));
  }
  return folders;
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

/** Adds the quoted strings of one line of a TOML array to a list, up to a comment; true when the array ends in it. */
function takeStrings(line: string, list: string[]): boolean {
  for (let at = 0; at < line.length; at++) {
    const character = line[at];
    if (character === '#') return false;
    if (character === ']') return true;
    if (character !== '"' && character !== "'") continue;
    const end = line.indexOf(character, at + 1);
    if (end < 0) return false;
    list.push(line.slice(at + 1, end));
    at = end;
  }
  return false;
}

/** A plain or quoted scalar, without the comment after it. */
function unquote(text: string): string {
  const bare = text.trim();
  const quote = bare[0];
  if (quote === '"' || quote === "'") return bare.slice(1, bare.indexOf(quote, 1));
  return (bare.split(' #', 1)[0] ?? '').trim();
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

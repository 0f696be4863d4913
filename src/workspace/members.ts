import { type ParseError, parse } from 'jsonc-parser';
import { limits } from './limits.ts';
import { diskFiles, type ManifestFiles } from './manifestFiles.ts';
import { gradleMembers, mavenMembers } from './membersJvm.ts';
import { cargoMembers, pythonMembers } from './membersToml.ts';

/** The files at a repository's root that list the members of its workspace, each with its reader. */
const SOURCES: readonly (readonly [file: string, read: (text: string) => readonly string[]])[] = [
  ['package.json', npmMembers],
  ['pnpm-workspace.yaml', pnpmMembers],
  ['lerna.json', lernaMembers],
  ['deno.json', denoMembers],
  ['deno.jsonc', denoMembers],
  ['rush.json', rushMembers],
  ['Cargo.toml', cargoMembers],
  ['go.work', goMembers],
  ['pyproject.toml', pythonMembers],
  ['pom.xml', mavenMembers],
  ['settings.gradle', gradleMembers],
  ['settings.gradle.kts', gradleMembers],
];

/**
 * The globs of folders that the repository's own workspace files name: npm and yarn `workspaces`, pnpm and Lerna
 * `packages`, Deno `workspace`, Rush `projects`, Cargo and uv `members` (their `exclude` as globs with a leading "!"), Go
 * `use`, Maven `<module>`, Gradle `include`, Poetry's path dependencies. Empty when there are none.
 */
export function workspaceMembers(root: string): Promise<readonly string[]> {
  return membersIn(diskFiles(root));
}

/** The same of files that lie elsewhere. */
export async function membersIn(files: ManifestFiles): Promise<readonly string[]> {
  const globs: string[] = [];
  for (const [file, read] of SOURCES) {
    const bytes = await files.read(file);
    if (bytes !== undefined) globs.push(...read(new TextDecoder().decode(bytes)));
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
  const workspaces = property(readJson(text), 'workspaces');
  return strings(Array.isArray(workspaces) ? workspaces : property(workspaces, 'packages'));
}

/** `packages` of a lerna.json. */
export function lernaMembers(text: string): readonly string[] {
  return strings(property(readJson(text), 'packages'));
}

/** `workspace` of a deno.json: a list, or an object with `members`. */
export function denoMembers(text: string): readonly string[] {
  const workspace = property(readJson(text), 'workspace');
  return strings(Array.isArray(workspace) ? workspace : property(workspace, 'members'));
}

/** The folders of the `projects` of a rush.json. */
export function rushMembers(text: string): readonly string[] {
  const projects = property(readJson(text), 'projects');
  return strings(Array.isArray(projects) ? projects.map((project) => property(project, 'projectFolder')) : undefined);
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

/** JSON, with comments where the tool allows them; a broken file, which its tool reports, names no members. */
function readJson(text: string): unknown {
  // Recovering from errors is slow; what does not begin as an object is none of these files.
  if (!/^\s*[{/]/.test(text)) return undefined;
  const errors: ParseError[] = [];
  try {
    const value: unknown = parse(text, errors, { allowTrailingComma: true });
    return errors.length > 0 ? undefined : value;
  } catch {
    // Nested so deeply that the parser ran out of stack: nobody's workspace.
    return undefined;
  }
}

function strings(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
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

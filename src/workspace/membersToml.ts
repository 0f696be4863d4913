/** Members of a workspace by a Cargo.toml or pyproject.toml: just enough TOML for lists of strings under a heading. */

/** `members` and `exclude` of a Cargo.toml's `[workspace]`. */
export function cargoMembers(text: string): readonly string[] {
  return membersUnder(text, /^\[workspace\](?:\s*#|$)/);
}

/**
 * `members` and `exclude` of a pyproject.toml's `[tool.uv.workspace]`, and the folders that Poetry or uv take a dependency
 * from by `path`: Poetry has no workspaces, and its monorepos name their packages so.
 */
export function pythonMembers(text: string): readonly string[] {
  return [...membersUnder(text, /^\[tool\.uv\.workspace\](?:\s*#|$)/), ...pathDependencies(text)];
}

function membersUnder(text: string, heading: RegExp): readonly string[] {
  const lists = { members: [] as string[], exclude: [] as string[] };
  let isInside = false;
  let list: string[] | undefined;
  for (const line of text.split('\n')) {
    const bare = line.trim();
    let rest = bare;
    if (list === undefined) {
      if (bare.startsWith('[')) isInside = heading.test(bare);
      const equals = bare.indexOf('=');
      const key = bare.slice(0, Math.max(equals, 0)).trim();
      if (!isInside || (key !== 'members' && key !== 'exclude')) continue;
      list = lists[key];
      rest = bare.slice(bare.indexOf('[', equals) + 1);
    }
    if (takeStrings(rest, list)) list = undefined;
  }
  return [...lists.members, ...lists.exclude.map((folder) => `!${folder}`)];
}

/** Folders below the root; a path that leads up or to an archive is no folder of this repository. */
function pathDependencies(text: string): readonly string[] {
  const folders: string[] = [];
  let isInside = false;
  for (const line of text.split('\n')) {
    const bare = line.trim();
    if (bare.startsWith('[')) isInside = /^\[tool\.(?:poetry\.(?:[\w.-]+\.)?dependencies|uv\.sources)\b/.test(bare);
    if (!isInside) continue;
    const [, folder] = /[{,\s]path\s{0,9}=\s{0,9}["']([^"']+)["']/.exec(` ${bare}`) ?? [];
    if (folder !== undefined && !/^(?:\.\.|\/)|\.(?:whl|zip|gz)$/.test(folder)) folders.push(folder);
  }
  return folders;
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

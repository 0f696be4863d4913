/** Members of a build by a Maven pom.xml or a Gradle settings file, as folders relative to it. */

/** `<module>` of a pom.xml, those of profiles included. A module may also be named by its own pom. */
export function mavenMembers(text: string): readonly string[] {
  return between(withoutComments(text, '<!--', '-->'), '<module>', '</module>').map((module) =>
    module.trim().replace(/\/[^/]+\.xml$/, ''),
  );
}

/**
 * `include` of a settings.gradle or settings.gradle.kts: `':libs:core'` lies in `libs/core`, or where
 * `project(':libs:core').projectDir = file('…')` says. An included build names its folder.
 */
export function gradleMembers(text: string): readonly string[] {
  const code = withoutComments(text, '/*', '*/');
  const moved = new Map<string, string>();
  const projects: string[] = [];
  const builds: string[] = [];
  let list: string[] | undefined;
  for (const raw of code.split('\n')) {
    const line = raw.split('//', 1)[0]?.trim() ?? '';
    const [, project, folder] = PROJECT_FOLDER.exec(line) ?? [];
    if (project !== undefined && folder !== undefined) moved.set(project, folder);
    const [, word] = /^(include|includeBuild)(?:\s|\()/.exec(line) ?? [];
    if (word !== undefined) list = word === 'include' ? projects : builds;
    if (list === undefined) continue;
    for (const [, text = ''] of line.matchAll(/["']([^"']*)["']/g)) list.push(text);
    // A list goes on after a comma or an open bracket.
    if (!/[,(]$/.test(line) && !/^["'][^"']*["']$/.test(line)) list = undefined;
  }
  return [
    ...projects.map((project) => moved.get(project) ?? project.replace(/^:/, '').replaceAll(':', '/')),
    ...builds.filter((folder) => !folder.startsWith('..')),
  ];
}

const PROJECT_FOLDER =
  /^project\s?\(\s?["']([^"']+)["']\s?\)\.projectDir\s?=\s?(?:new File|file)\s?\((?:\s?(?:rootDir|settingsDir)\s?,)?\s?["']([^"']+)["']/;

/** What stands between a start and the next end, each time. */
function between(text: string, start: string, end: string): readonly string[] {
  const found: string[] = [];
  for (let at = text.indexOf(start); at >= 0; at = text.indexOf(start, at)) {
    const close = text.indexOf(end, at);
    if (close < 0) break;
    found.push(text.slice(at + start.length, close));
    at = close;
  }
  return found;
}

function withoutComments(text: string, start: string, end: string): string {
  let kept = '';
  for (let at = 0; ; ) {
    const open = text.indexOf(start, at);
    if (open < 0) return kept + text.slice(at);
    kept += text.slice(at, open);
    const close = text.indexOf(end, open + start.length);
    if (close < 0) return kept;
    at = close + end.length;
  }
}

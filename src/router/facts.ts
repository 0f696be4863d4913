import { stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { innermost, type LayeredPolicy } from '../policy/layers.ts';
import type { RequestKind } from '../policy/schema.ts';
import type { Facts } from '../routing/facts.ts';
import type { EditorText } from '../workspace/counts.ts';
import { absolutePath, pathWithin, toRepositoryPath } from '../workspace/workingPaths.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { Evidence, MentionRole } from './evidence.ts';

/** Everything beside the repository that facts are gathered from. */
export interface FactsRequest {
  readonly workspace: Workspace;
  readonly policy: LayeredPolicy | undefined;
  readonly kind: RequestKind;
  readonly evidence: Evidence;
  /** The active editor's document, and whether something is selected in it: the client's text does not always say. */
  readonly activeFile?: string | undefined;
  readonly selected?: boolean;
  /** Files open with unsaved changes, repository-relative. */
  readonly buffers: readonly EditorText[];
  readonly tokens: number;
  readonly tools: boolean;
  readonly client?: string;
  readonly team?: string;
  readonly requested?: string;
  readonly signal: AbortSignal;
}

const work: ReadonlySet<MentionRole> = new Set(['edited', 'attached', 'selected', 'named']);
/** Kinds that change files: the open file is what is meant where nothing better is known, and staged files are theirs. */
const changing: ReadonlySet<RequestKind> = new Set(['edit', 'agent']);
/** Kinds whose work is the whole uncommitted change. */
const wholeChange: ReadonlySet<RequestKind> = new Set(['review', 'commit-message']);

interface Resolved {
  readonly worked: readonly string[];
  readonly read: readonly string[];
  readonly current: readonly string[];
}

/** A path outside the repository, in the form that globs see: without a root, so that `**` patterns guard it too. */
function outsidePath(root: string, named: string): string | undefined {
  const absolute = absolutePath(root, named, process.platform === 'win32' ? 'win32' : 'posix');
  return absolute?.replaceAll('\\', '/').replace(/^(?:[A-Za-z]:)?\/+/, '');
}

async function isFile(root: string, path: string): Promise<boolean> {
  return stat(join(root, path)).then(
    (found) => found.isFile(),
    () => false, // a word that looked like a path
  );
}

/** The file that a word means: one of the repository's, one that would be there by its absolute path, or one elsewhere. */
async function spokenFile(root: string, word: string): Promise<string | undefined> {
  if (word.startsWith('~')) return outsidePath(root, word.slice(1));
  const way = process.platform === 'win32' ? 'win32' : 'posix';
  const absolute = absolutePath(root, word, way);
  if (absolute === undefined) return undefined;
  const within = pathWithin(root, absolute, way) !== undefined;
  // With spaces it may be a whole command; only the disk can tell.
  const isSure = /\s/.test(word) ? false : !within || isAbsolute(word);
  if (!isSure && !(await isFile('', absolute))) return undefined;
  return (await toRepositoryPath(root, absolute)) ?? outsidePath(root, absolute);
}

async function resolve(
  workspace: Workspace,
  evidence: Evidence,
  active: string | undefined,
  selected: boolean,
): Promise<Resolved> {
  const { root } = workspace;
  const worked = new Set<string>();
  const read = new Set<string>();
  const current = new Set<string>();
  for (const { path: named, role } of evidence.mentions) {
    if (role === 'spoken') {
      const path = await spokenFile(root, named);
      if (path) read.add(path);
      continue;
    }
    const path = await toRepositoryPath(root, named);
    if (path === undefined) {
      // Nobody's work here, but its text may go out: constraints are shown it.
      const outside = role === 'named' || role === 'current' ? undefined : outsidePath(root, named);
      if (outside) read.add(outside);
    } else if (role === 'named') {
      if (await isFile(root, path)) worked.add(path);
    } else if (work.has(role)) worked.add(path);
    else if (role === 'current') current.add(path);
    else read.add(path);
  }
  const activePath = active === undefined ? undefined : await toRepositoryPath(root, active);
  const selectedOutside =
    active !== undefined && activePath === undefined && selected ? outsidePath(root, active) : undefined;
  if (activePath !== undefined) (selected ? worked : current).add(activePath);
  else if (selectedOutside) read.add(selectedOutside);
  return { worked: [...worked], read: [...read], current: [...current] };
}

/**
 * The facts of a chat request: what it works on (edited, attached, selected or named; for an edit also what is staged,
 * and the open file where nothing better is known; for a review or commit message the whole change, or what
 * `diff.base` says) and what merely goes out as text. What git cannot tell stays unknown.
 */
export async function chatFacts(request: FactsRequest): Promise<Facts> {
  const { workspace, policy, kind, evidence, signal } = request;
  const { worked, read, current } = await resolve(workspace, evidence, request.activeFile, request.selected === true);
  const own = policy && innermost(policy)?.policy.source;
  const base = wholeChange.has(kind) ? 'head' : (own?.diff?.base ?? 'session');
  const modules = own?.modules;
  const staged =
    base === 'session' && changing.has(kind) ? await workspace.facts({ base: 'staged', modules, signal }) : undefined;
  const session = [...new Set([...worked, ...(staged?.files?.map((file) => file.path) ?? [])])];
  const fallback = session.length === 0 && changing.has(kind) ? current : [];
  const paths = [...session, ...fallback];
  const whole =
    base === 'session' ? undefined : await workspace.facts({ base, buffers: request.buffers, modules, signal });
  const known = await workspace.facts({ paths, buffers: request.buffers, modules, signal });
  const files = whole
    ? whole.files
      ? [
          ...whole.files,
          ...(known.files ?? []).filter((file) => !whole.files?.some((other) => other.path === file.path)),
        ]
      : undefined
    : known.files;
  const branch = known.branch ?? whole?.branch;
  return {
    kind,
    ...(files ? { files } : {}),
    // Of a file that is merely open only its name goes out; its text goes by an attachment, a selection or a tool.
    reads: read,
    ...(evidence.incomplete ? { readsIncomplete: true } : {}),
    ...(evidence.opaque ? { opaqueReads: true } : {}),
    context: { tokens: request.tokens, images: evidence.images, tools: request.tools },
    text: evidence.userText,
    ...(request.client ? { client: request.client } : {}),
    ...(request.team ? { team: request.team } : {}),
    ...(branch ? { branch } : {}),
    ...(request.requested ? { requested: request.requested } : {}),
  };
}

/** The facts of a completion: the one file, and where it is. */
export async function completionFacts(request: {
  readonly workspace: Workspace;
  readonly policy: LayeredPolicy | undefined;
  readonly path: string;
  readonly languageId: string;
  readonly buffers: readonly EditorText[];
  readonly tokens: number;
  readonly client?: string;
  readonly team?: string;
  readonly signal: AbortSignal;
}): Promise<Facts> {
  const { workspace, path, signal } = request;
  const known = await workspace.facts({
    paths: [path],
    buffers: request.buffers,
    modules: request.policy && innermost(request.policy)?.policy.source.modules,
    signal,
  });
  return {
    kind: 'completion',
    files: known.files ?? [{ path }],
    reads: [],
    languages: { [path]: request.languageId },
    context: { tokens: request.tokens, images: false, tools: false },
    ...(request.client ? { client: request.client } : {}),
    ...(request.team ? { team: request.team } : {}),
    ...(known.branch ? { branch: known.branch } : {}),
  };
}

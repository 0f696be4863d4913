import { innermost, type LayeredPolicy } from '../policy/layers.ts';
import type { RequestKind } from '../policy/schema.ts';
import type { FactFile, Facts } from '../routing/facts.ts';
import type { EditorText } from '../workspace/counts.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { Evidence } from './evidence/evidence.ts';
import {
  type GuardedFiles,
  type GuardedPrints,
  guardedFiles,
  guardedPrints,
  repeatedFiles,
} from './evidence/guardedFiles.ts';
import { guardOf } from './evidence/guards.ts';
import type { Mention } from './evidence/mention.ts';
import { type Resolved, resolveMentions } from './evidence/resolve.ts';
import { basesOf, moduleSourcesOf } from './layerViews.ts';

/** Files that a conversation itself names, as repository paths: neither what is staged beside it nor what is merely open. */
export interface NamedFiles {
  readonly worked: readonly string[];
  readonly read: readonly string[];
}

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

/** Kinds that change files: the open file is what is meant where nothing better is known, and staged files are theirs. */
const changing: ReadonlySet<RequestKind> = new Set(['edit', 'agent']);
/** Kinds whose work is the whole uncommitted change. */
const wholeChange: ReadonlySet<RequestKind> = new Set(['review', 'commit-message']);

/** What the editor shows, which the client's own text does not always say. */
function editorMentions({ activeFile, selected }: Pick<FactsRequest, 'activeFile' | 'selected'>): readonly Mention[] {
  if (activeFile === undefined) return [];
  return [{ path: activeFile, role: selected === true ? 'selected' : 'current', proof: 'nothing', reach: 'listed' }];
}

/** What the disk and git tell of the files that a request names: whatever else it says, they tell the same. */
export interface FoundFiles extends NamedFiles {
  readonly guarded: GuardedFiles | undefined;
  readonly prints: GuardedPrints | undefined;
  readonly telling: Resolved['telling'];
  /** Those of {@link NamedFiles.read} and what was committed since, each once: only their text goes out. */
  readonly sent: readonly string[];
  readonly outside: readonly string[];
  readonly incomplete: boolean;
  readonly files: readonly FactFile[] | undefined;
  readonly byBase: Facts['byBase'];
  readonly branch: string | undefined;
}

/** What the files are found by. */
export type FilesRequest = Omit<FactsRequest, 'evidence' | 'tokens' | 'tools' | 'client' | 'team' | 'requested'> & {
  readonly evidence: Pick<Evidence, 'mentions' | 'more'>;
};

/**
 * The facts of a chat request: what it works on (edited, attached, selected or named; for an edit also what is staged,
 * and the open file where nothing better is known; for a review or commit message the whole change, or what
 * `diff.base` says) and what merely goes out as text: asked for, announced, or known again by its lines. What git cannot
 * tell stays unknown.
 */
export async function chatFacts(request: FactsRequest): Promise<Facts> {
  return factsOf(await findFiles(request), request);
}

/** The part of the facts that the repository tells. */
export async function findFiles(request: FilesRequest): Promise<FoundFiles> {
  const { workspace, policy, kind, evidence, signal } = request;
  const guard = policy && guardOf(policy.layers);
  const guarded = guard && (await guardedFiles(workspace, guard));
  const mentions = [...evidence.mentions, ...editorMentions(request)];
  const { worked, edited, read, outside, current, incomplete, telling } = await resolveMentions(
    workspace,
    { mentions, more: evidence.more },
    guarded,
  );
  const prints = guarded && (await guardedPrints(workspace, guarded, signal));
  const own = policy && innermost(policy)?.policy.source;
  // A review or commit message is about the whole change, whatever a policy's "diff.base" says.
  const base = wholeChange.has(kind) ? 'head' : 'session';
  const modules = own?.modules;
  const moduleSources = moduleSourcesOf(policy);
  const bases = base === 'session' ? basesOf(policy) : [];
  const staged =
    base === 'session' && changing.has(kind)
      ? await workspace.facts({ base: 'staged', modules, moduleSources, signal })
      : undefined;
  const session = [...new Set([...worked, ...(staged?.files?.map((file) => file.path) ?? [])])];
  const fallback = session.length === 0 && changing.has(kind) ? current : [];
  const paths = [...session, ...fallback];
  const whole =
    base === 'session'
      ? undefined
      : await workspace.facts({ base, buffers: request.buffers, modules, moduleSources, signal });
  const { byBase } =
    bases.length === 0
      ? {}
      : await workspace.factsByBase(bases, { buffers: request.buffers, modules, moduleSources, signal });
  const known = await workspace.facts({ paths, buffers: request.buffers, modules, moduleSources, signal });
  const done =
    base === 'session' ? await committed(workspace, known.files ?? [], new Set(edited), signal) : new Set<string>();
  const files = whole
    ? whole.files
      ? [
          ...whole.files,
          ...(known.files ?? []).filter((file) => !whole.files?.some((other) => other.path === file.path)),
        ]
      : undefined
    : known.files?.filter(({ path }) => !done.has(path));
  const branch = known.branch ?? whole?.branch;
  const sent = [...new Set([...read, ...done])];
  return { guarded, prints, telling, worked, read, sent, outside, incomplete, files, byBase, branch };
}

/**
 * The same where more is mentioned, of which only text goes out: that changes neither what is worked on nor its figures.
 *
 * @param telling the mentions without which something else would have been found, of all together
 */
export function withReads(
  found: FoundFiles,
  more: Pick<Resolved, 'read' | 'outside' | 'incomplete'>,
  telling: FoundFiles['telling'],
): FoundFiles {
  const read = [...new Set([...found.read, ...more.read])];
  return {
    ...found,
    read,
    sent: [...new Set([...read, ...found.sent])],
    outside: [...new Set([...found.outside, ...more.outside])],
    incomplete: found.incomplete || more.incomplete,
    telling,
  };
}

/** The facts, from what the repository tells and what the request says itself. */
export async function factsOf(
  { guarded, prints, sent, files, byBase, outside, incomplete, branch }: FoundFiles,
  {
    workspace,
    kind,
    evidence,
    signal,
    tokens,
    tools,
    client,
    team,
    requested,
  }: Omit<FactsRequest, 'policy' | 'buffers'>,
): Promise<Facts> {
  const repeated = guarded && prints && (await repeatedFiles(workspace, guarded, prints, evidence.texts, signal));
  return {
    kind,
    ...(files ? { files } : {}),
    ...(byBase ? { byBase } : {}),
    // Of a file that is merely open only its name goes out; its text goes by an attachment, a selection or a tool.
    reads: repeated === undefined || repeated.paths.length === 0 ? sent : [...new Set([...sent, ...repeated.paths])],
    ...(outside.length > 0 ? { outside } : {}),
    ...(evidence.incomplete || incomplete ? { readsIncomplete: true } : {}),
    ...(repeated?.complete === false ? { readsUncompared: true } : {}),
    ...(evidence.opaque ? { opaqueReads: true } : {}),
    context: { tokens, images: evidence.images, tools },
    text: evidence.userText,
    ...(client ? { client } : {}),
    ...(team ? { team } : {}),
    ...(branch ? { branch } : {}),
    ...(requested ? { requested } : {}),
  };
}

/**
 * Files that a session edited and that are as they are committed again: what is committed leaves its work, and so does
 * what was undone. Their text is in the conversation all the same.
 */
async function committed(
  workspace: Workspace,
  files: readonly FactFile[],
  edited: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  if (edited.size === 0) return new Set();
  const head = await workspace.head(signal).catch(() => undefined); // without git nothing is committed
  if (head?.commit === undefined) return new Set();
  return new Set(
    files.flatMap(({ path, added, deleted }) => (edited.has(path) && added === 0 && deleted === 0 ? [path] : [])),
  );
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

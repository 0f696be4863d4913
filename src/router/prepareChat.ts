import type { Conversation } from '../chat/conversation.ts';
import type { ChatParams } from '../contract/messages.ts';
import { estimateConversationTokens, estimateTokens } from '../models/tokens.ts';
import type { RequestKind } from '../policy/schema.ts';
import type { Facts } from '../routing/facts.ts';
import { atOneGlance } from '../workspace/glance.ts';
import type { Head } from '../workspace/repository.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { RouterContext } from './context.ts';
import { type Evidence, gatherEvidence } from './evidence/evidence.ts';
import type { Mention } from './evidence/mention.ts';
import { type FactsRequest, type FoundFiles, factsOf, findFiles } from './facts.ts';
import type { Overrides } from './overrides.ts';
import { type Ground, type Prepared, policyIn, prepare, type RequestPlace } from './prepare.ts';
import { requestKind } from './requestKind.ts';
import { endsWithToolResult, type Sessions } from './sessions.ts';
import { type Asked, type KnownSurroundings, restsOnFiles, type SeenSurroundings } from './surroundings.ts';
import type { TaskInHand, Tasks } from './tasks.ts';
import { textMemo } from './textMemo.ts';

const tokensOf = textMemo(estimateTokens);

/** The files of the work that differ from what is committed; undefined where that is not known of each. */
function changedFiles({ files }: Facts): readonly string[] | undefined {
  const isKnown = files?.every(({ added, deleted }) => added !== undefined && deleted !== undefined);
  return isKnown
    ? files?.flatMap(({ path, added, deleted }) => ((added ?? 0) + (deleted ?? 0) > 0 ? [path] : []))
    : undefined;
}

/** Work that a summary has taken out of the conversation. */
function editedBefore(path: string): Mention {
  return { path, role: 'edited', proof: 'nothing', reach: 'listed' };
}

/** What is done beside the work: it belongs to no work on the same files. */
const aside: ReadonlySet<RequestKind> = new Set(['title', 'commit-message']);

/** The model `auto` is no request for a model. */
function requestedOf({ requestedModel }: ChatParams): string | undefined {
  return requestedModel.includes('/') ? requestedModel : undefined;
}

/** Everything that goes out, the person's last words still last. */
function withUnread({ conversation, unread = [] }: ChatParams): Conversation {
  return unread.length === 0 ? conversation : { ...conversation, messages: [...unread, ...conversation.messages] };
}

/** Unknown where there is no git. */
async function headOf(workspace: Workspace | undefined, signal: AbortSignal): Promise<Head | undefined> {
  return workspace?.head(signal).catch(() => undefined);
}

/** In the editor a person asks again for another answer to the same; elsewhere there is nothing to tell two of a kind by. */
function beginsAnew({ surface, conversationId, conversation }: ChatParams): boolean {
  return surface === 'gateway' && !conversationId && conversation.messages.every(({ role }) => role !== 'assistant');
}

/** Where a request is that names files of one folder alone; undefined for others. */
function placeOf(
  { roots: [uri, ...others], activeFile }: ChatParams,
  kind: RequestKind,
  { mentions, more }: Pick<Evidence, 'mentions' | 'more'>,
  timesOpened: number,
): Asked | undefined {
  const isOneFolders = others.length === 0 && activeFile === undefined && more.length === 0;
  return uri === undefined || !isOneFolders ? undefined : { uri, kind, mentions, timesOpened };
}

/** Without what was seen on the way then. */
function begunOnce({ seen: _, ...task }: TaskInHand): TaskInHand {
  return task;
}

/** What is known of the conversations that came before. */
export interface ConversationRoom {
  readonly context: RouterContext;
  readonly tasks: Tasks;
  readonly sessions: Sessions;
  readonly overrides: Overrides;
  readonly surroundings: KnownSurroundings;
}

/**
 * What a chat request says about itself and its conversation, and where it goes.
 *
 * @param begun what it was found to be a part of when it was prepared before
 */
export function prepareChat(
  room: ConversationRoom,
  params: ChatParams,
  signal: AbortSignal,
  begun?: TaskInHand,
): Promise<Prepared> {
  return atOneGlance(signal, () => prepared(room, params, signal, begun));
}

async function prepared(
  { context, tasks, sessions, overrides, surroundings }: ConversationRoom,
  params: ChatParams,
  signal: AbortSignal,
  begun: TaskInHand | undefined,
): Promise<Prepared> {
  const { conversation, surface, client } = params;
  // Remembered by whoever gives it; asked for only where the way of the request goes by it.
  const name = (): string => tasks.conversation(params);
  const kind = params.kind ?? requestKind(conversation, surface);
  const tokens = estimateConversationTokens(conversation, tokensOf);
  const tools = conversation.tools.length > 0;
  const gathered = gatherEvidence(withUnread(params));
  const carried = surface === 'utility' ? [] : sessions.carried(params, { name, inputTokens: tokens });
  const evidence = { ...gathered, mentions: [...gathered.mentions, ...carried.map(editedBefore)] };
  let found: FoundFiles | undefined;
  let isUnsaved = false;
  let seen: SeenSurroundings | undefined;
  let head: Promise<Head | undefined> | undefined;
  const standsOn = (workspace: Workspace | undefined): Promise<Head | undefined> => {
    head ??= headOf(workspace, signal);
    return head;
  };
  const commitOf = async (workspace: Workspace | undefined): Promise<string | undefined> =>
    (await standsOn(workspace))?.commit;
  const { team } = context.settings();
  const requested = requestedOf(params);
  const asked = { client, ...(team ? { team } : {}), ...(requested ? { requested } : {}) };
  // A title or commit message is not about the file that happens to be open.
  const isAboutEditor = surface !== 'utility';
  const factsRequest = (workspace: Workspace): Omit<FactsRequest, 'policy' | 'buffers'> => ({
    ...asked,
    kind,
    tokens,
    tools,
    workspace,
    evidence,
    activeFile: isAboutEditor ? params.activeFile : undefined,
    selected: isAboutEditor && params.selected === true,
    signal,
  });
  const place = placeOf(params, kind, evidence, context.timesOpened());
  const ground = async (at: Asked, find: () => Promise<Ground>): Promise<Ground> => {
    const known = await surroundings.recall(at);
    if (known !== undefined && (await context.buffers(known.workspace)).length === 0) {
      ({ found } = known);
      seen = known;
      head = Promise.resolve(known.head);
      const facts = await factsOf(known.found, factsRequest(known.workspace));
      return { workspace: known.workspace, inForce: known.inForce, facts, isAlone: true };
    }
    return surroundings.find(at, async () => {
      const result = await find();
      const { workspace, inForce, isAlone } = result;
      if (workspace === undefined || found === undefined || isUnsaved || !isAlone || !restsOnFiles(workspace, inForce))
        return { result, surroundings: undefined };
      return { result, surroundings: { workspace, inForce, found, head: await standsOn(workspace) } };
    });
  };
  return prepare(context, {
    roots: params.roots,
    uris: [...params.roots, ...(params.activeFile ? [params.activeFile] : [])],
    kind,
    estimatedTokens: tokens,
    maxOutputTokens: conversation.maxOutputTokens,
    lastResort: true,
    signal,
    facts: async (workspace, inForce) => {
      const buffers = await context.buffers(workspace);
      isUnsaved = buffers.length > 0;
      found = await findFiles({ ...factsRequest(workspace), policy: policyIn(inForce), buffers });
      return factsOf(found, factsRequest(workspace));
    },
    ...(place === undefined ? {} : { ground: (find) => ground(place, find) }),
    ...(isAboutEditor ? { commit: commitOf } : {}),
    task: ({ workspace, commit: stoodOn }) => {
      // What was seen is of now, though the task is the one that was found first.
      const now = { files: [...(found?.worked ?? []), ...(found?.read ?? [])], ...(seen ? { seen } : {}) };
      if (begun !== undefined) return surface === 'utility' ? begun : { ...begunOnce(begun), ...now };
      // A client asks for titles and topics under its conversation's name: they are no part of the work, whose first model
      // and class would be theirs.
      if (surface === 'utility') return { id: context.newId(), fileKeys: [] };
      const question = {
        conversation: name(),
        root: workspace?.root,
        // What happens to be staged beside them would make one task of all that is asked meanwhile.
        files: aside.has(kind) ? [] : (found?.worked ?? []),
        at: context.now(),
        commit: stoodOn,
        inToolLoop: endsWithToolResult(conversation.messages),
        beginsAnew: beginsAnew(params),
      };
      const task = context.reading(() => tasks.of(question));
      return { ...task, ...now };
    },
    spent: (taskId) => tasks.spent(taskId),
    // The editor's own small requests are nobody's conversation.
    ...(surface === 'utility'
      ? {}
      : {
          conversation: (facts: Facts, { workspace, commit: stoodOn }: RequestPlace, taskId: () => string) => ({
            turn: sessions.turn(params, {
              name,
              taskId,
              inputTokens: tokens,
              userText: evidence.userText,
              edited: changedFiles(facts),
              commit: stoodOn,
            }),
            override: overrides.asked(workspace, name, facts.requested),
          }),
        }),
    bareFacts: { ...asked, kind, context: { tokens, images: evidence.images, tools }, text: evidence.userText },
  });
}

import type { Conversation } from '../chat/conversation.ts';
import type { ChatParams } from '../contract/messages.ts';
import { estimateConversationTokens, estimateTokens } from '../models/tokens.ts';
import type { Facts } from '../routing/facts.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { RouterContext } from './context.ts';
import { gatherEvidence } from './evidence/evidence.ts';
import type { Mention } from './evidence/mention.ts';
import { chatFacts } from './facts.ts';
import type { Overrides } from './overrides.ts';
import { type Prepared, policyIn, prepare } from './prepare.ts';
import { requestKind } from './requestKind.ts';
import type { Sessions } from './sessions.ts';
import type { Tasks } from './tasks.ts';
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

/** The model `auto` is no request for a model. */
function requestedOf({ requestedModel }: ChatParams): string | undefined {
  return requestedModel.includes('/') ? requestedModel : undefined;
}

/** Everything that goes out, the person's last words still last. */
function withUnread({ conversation, unread = [] }: ChatParams): Conversation {
  return unread.length === 0 ? conversation : { ...conversation, messages: [...unread, ...conversation.messages] };
}

/** What is known of the conversations that came before. */
export interface ConversationRoom {
  readonly context: RouterContext;
  readonly tasks: Tasks;
  readonly sessions: Sessions;
  readonly overrides: Overrides;
}

/** What a chat request says about itself and its conversation, and where it goes. */
export async function prepareChat(
  { context, tasks, sessions, overrides }: ConversationRoom,
  params: ChatParams,
  signal: AbortSignal,
): Promise<Prepared> {
  const { conversation, surface, client } = params;
  const taskId = tasks.id(params);
  const kind = params.kind ?? requestKind(conversation, surface);
  const tokens = estimateConversationTokens(conversation, tokensOf);
  const tools = conversation.tools.length > 0;
  const gathered = gatherEvidence(withUnread(params));
  const carried = surface === 'utility' ? [] : sessions.carried(params, { taskId, inputTokens: tokens });
  const evidence = { ...gathered, mentions: [...gathered.mentions, ...carried.map(editedBefore)] };
  const { team } = context.settings();
  const requested = requestedOf(params);
  const asked = { client, ...(team ? { team } : {}), ...(requested ? { requested } : {}) };
  // A title or commit message is not about the file that happens to be open.
  const isAboutEditor = surface !== 'utility';
  return prepare(context, {
    roots: params.roots,
    uris: [...params.roots, ...(params.activeFile ? [params.activeFile] : [])],
    kind,
    estimatedTokens: tokens,
    taskSpentNanoUsd: tasks.spent(taskId),
    lastResort: true,
    signal,
    facts: async (workspace, inForce) =>
      chatFacts({
        ...asked,
        kind,
        tokens,
        tools,
        workspace,
        policy: policyIn(inForce),
        evidence,
        activeFile: isAboutEditor ? params.activeFile : undefined,
        selected: isAboutEditor && params.selected === true,
        buffers: await context.buffers(workspace),
        signal,
      }),
    // The editor's own small requests are nobody's conversation.
    ...(surface === 'utility'
      ? {}
      : {
          conversation: async (facts: Facts, workspace: Workspace | undefined) => ({
            turn: sessions.turn(params, {
              taskId,
              inputTokens: tokens,
              userText: evidence.userText,
              edited: changedFiles(facts),
              // Unknown where there is no git, as where there is no commit yet.
              commit: (await workspace?.head(signal).catch(() => undefined))?.commit,
            }),
            override: overrides.asked(workspace, taskId, facts.requested),
          }),
        }),
    bareFacts: { ...asked, kind, context: { tokens, images: evidence.images, tools }, text: evidence.userText },
  });
}

import type { ChatParams } from '../contract/messages.ts';
import { estimateConversationTokens } from '../models/tokens.ts';
import type { RouterContext } from './context.ts';
import { gatherEvidence } from './evidence/evidence.ts';
import { chatFacts } from './facts.ts';
import { type Prepared, policyIn, prepare } from './prepare.ts';
import { requestKind } from './requestKind.ts';

/** The model `auto` is no request for a model. */
function requestedOf({ requestedModel }: ChatParams): string | undefined {
  return requestedModel.includes('/') ? requestedModel : undefined;
}

/** What a chat request says about itself, and where it goes. `taskSpentNanoUsd`: what its conversation has cost so far. */
export async function prepareChat(
  context: RouterContext,
  params: ChatParams,
  taskSpentNanoUsd: number,
  signal: AbortSignal,
): Promise<Prepared> {
  const { conversation, surface, client } = params;
  const kind = params.kind ?? requestKind(conversation, surface);
  const tokens = estimateConversationTokens(conversation);
  const tools = conversation.tools.length > 0;
  const evidence = gatherEvidence(conversation);
  const { team } = context.settings();
  const requested = requestedOf(params);
  const asked = { client, ...(team ? { team } : {}), ...(requested ? { requested } : {}) };
  // A title or commit message is not about the file that happens to be open.
  const isAboutEditor = surface !== 'utility';
  return prepare(context, {
    uris: [...params.roots, ...(params.activeFile ? [params.activeFile] : [])],
    kind,
    estimatedTokens: tokens,
    taskSpentNanoUsd,
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
    bareFacts: { ...asked, kind, context: { tokens, images: evidence.images, tools }, text: evidence.userText },
  });
}

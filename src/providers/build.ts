import { fimUrl } from '../chat/fim.ts';
import { readOpenAiError } from '../chat/openai-fault.ts';
import { findModel } from '../models/catalogue.ts';
import { anthropicWire } from './anthropic.ts';
import type { ChatWire } from './chatWire.ts';
import { createEditorProvider, type EditorModels } from './editor.ts';
import { createEndpoint, type Endpoint } from './endpoint.ts';
import { withUsage } from './estimate.ts';
import { fimWire } from './fim.ts';
import { geminiWire } from './gemini.ts';
import { createProviderKey, type KeyPorts, type KeyState } from './key.ts';
import { listModels } from './modelList.ts';
import type { Network } from './network.ts';
import { openAiChatWire, openAiResponsesWire } from './openai.ts';
import { promptedCompletion } from './prompted.ts';
import type { Provider } from './provider.ts';
import { remoteFactsBy } from './remoteFacts.ts';
import type { ProviderRow } from './table.ts';
import { createWorkspaceCopyProvider, type WorkspaceCompleter } from './workspaceCopy.ts';

/** What providers need of the world, injected. */
export interface ProviderPorts extends KeyPorts {
  readonly network: Pick<Network, 'fetch' | 'send'>;
  /** Where there is an editor with models of its own. */
  readonly editor?: EditorModels;
  /** Where there is a workspace to copy from. */
  readonly completer?: WorkspaceCompleter;
}

/** A provider with what its registry and its display need beside the contract. */
export interface BuiltProvider {
  readonly provider: Provider;
  readonly row: ProviderRow;
  /** Without the key itself. */
  keyState(): KeyState;
  /** Looks again for its key, or for the editor's models. Never throws. */
  refresh(): Promise<void>;
}

/** One row of the table as a provider. A new wire is one file, and one line here. */
export function buildProvider(row: ProviderRow, ports: ProviderPorts): BuiltProvider {
  switch (row.wire) {
    case 'workspace-copy':
      return plain(row, createWorkspaceCopyProvider(row, ports.completer));
    case 'editor': {
      const { facts, chat, models, refresh } = createEditorProvider(row, ports.editor);
      const provider = { id: row.id, facts, chat, models, complete: promptedCompletion(chat) };
      return { ...plain(row, provider), refresh };
    }
    case 'anthropic-messages':
      return remote(row, ports, anthropicWire);
    case 'openai-chat':
      return remote(row, ports, openAiChatWire);
    case 'openai-responses':
      return remote(row, ports, openAiResponsesWire);
    case 'gemini':
      return remote(row, ports, geminiWire);
    case 'fim':
      return remote(row, ports, undefined);
    default:
      return row.wire satisfies never;
  }
}

function plain(row: ProviderRow, provider: Provider): BuiltProvider {
  return { provider, row, keyState: () => ({ kind: 'none-needed' }), refresh: async () => undefined };
}

function remote(
  row: ProviderRow,
  ports: ProviderPorts,
  wire: ((endpoint: Endpoint) => ChatWire) | undefined,
): BuiltProvider {
  const { baseUrl, fim } = row;
  if (baseUrl === undefined) throw new Error(`The provider "${row.id}" has the wire "${row.wire}" and no address.`);
  const key = createProviderKey(row, ports);
  const endpoint = createEndpoint({ row, baseUrl, key, network: ports.network, env: ports.env });
  const spoken = wire?.(endpoint);
  const chat = spoken && countedChat(spoken.chat);
  // What is typed in an editor brings no key of its own.
  const completes = row.setting.key !== 'passthrough';
  const prompted = completes ? chat && promptedCompletion(chat) : undefined;
  const filled = completes ? fim && fimWire(endpoint, fim.shape, fim.baseUrl) : undefined;
  const complete: Provider['complete'] =
    filled !== undefined && prompted !== undefined
      ? // One that has both: its models for chat cannot fill in, and its own word on that is an error.
        (request, options) =>
          (findModel(request.model)?.completion === 'prompted' ? prompted : filled)(request, options)
      : (filled ?? prompted);
  const listed = fimUrl(baseUrl.href, '/v1/models');
  const provider: Provider = {
    id: row.id,
    facts: remoteFactsBy(row, key.state, { chat: chat !== undefined, completion: complete !== undefined }),
    ...(chat !== undefined && { chat }),
    ...(complete !== undefined && { complete }),
    ...(spoken !== undefined && { forward: spoken.forward }),
    models: spoken?.models ?? ((options) => listModels(endpoint, listed, options, readOpenAiError)),
  };
  return { provider, row, keyState: key.state, refresh: key.refresh };
}

function countedChat(chat: ChatWire['chat']): ChatWire['chat'] {
  return async (request, options) => {
    const { events, lost } = await chat(request, options);
    return { events: withUsage(events, request.conversation), lost };
  };
}

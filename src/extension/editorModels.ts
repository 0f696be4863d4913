import * as vscode from 'vscode';
import type { Conversation } from '../chat/conversation.ts';
import type { ChatEvent } from '../chat/events.ts';
import { chatVendor } from '../contract/commands.ts';
import {
  type EditorChatParams,
  type EditorChatResult,
  type EditorModel,
  toEditor,
  toRouter,
} from '../contract/messages.ts';
import type { Usage } from '../models/model.ts';
import { usageFromOpenAiChat } from '../models/usage.ts';
import type { RouterClient } from './routerClient.ts';

type EditorPart =
  | vscode.LanguageModelTextPart
  | vscode.LanguageModelToolCallPart
  | vscode.LanguageModelToolResultPart
  | vscode.LanguageModelDataPart;

/** Writes the neutral conversation as the editor's messages. The editor has no system role: it goes first, as a user's message. */
function writeMessages(conversation: Conversation): vscode.LanguageModelChatMessage[] {
  const { User, Assistant } = vscode.LanguageModelChatMessageRole;
  const messages: vscode.LanguageModelChatMessage[] = [];
  const system = conversation.system.map((part) => part.text).join('\n\n');
  if (system) messages.push(new vscode.LanguageModelChatMessage(User, [new vscode.LanguageModelTextPart(system)]));
  for (const message of conversation.messages) {
    const parts: EditorPart[] = [];
    for (const part of message.parts) {
      switch (part.kind) {
        case 'text':
          parts.push(new vscode.LanguageModelTextPart(part.text));
          break;
        case 'image':
          parts.push(vscode.LanguageModelDataPart.image(Buffer.from(part.base64, 'base64'), part.mediaType));
          break;
        case 'tool-call':
          parts.push(new vscode.LanguageModelToolCallPart(part.callId, part.name, parseObject(part.arguments)));
          break;
        case 'tool-result':
          parts.push(
            new vscode.LanguageModelToolResultPart(
              part.callId,
              part.parts.map((item) =>
                item.kind === 'text'
                  ? new vscode.LanguageModelTextPart(item.text)
                  : vscode.LanguageModelDataPart.image(Buffer.from(item.base64, 'base64'), item.mediaType),
              ),
            ),
          );
          break;
        case 'image-url':
        case 'document':
        case 'thinking':
          break; // the editor's API has no place for these; the router has reported them as lost
        default:
          part satisfies never;
      }
    }
    if (parts.length)
      messages.push(
        new vscode.LanguageModelChatMessage(message.role === 'assistant' ? Assistant : User, parts as never),
      );
  }
  return messages;
}

function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text || '{}');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {}; // a call that was cut short in an earlier turn; its result says what went wrong
  }
}

/** Usage as an extension's model may report it: the shape that Copilot Chat reads. */
function readUsage(data: Uint8Array): Usage | undefined {
  try {
    return usageFromOpenAiChat(JSON.parse(new TextDecoder().decode(data)));
  } catch {
    return undefined; // not that shape: the router counts for itself and marks it as estimated
  }
}

function failureOf(error: unknown): string {
  if (!(error instanceof vscode.LanguageModelError)) return 'server';
  switch (error.code) {
    case vscode.LanguageModelError.NoPermissions.name:
      return 'permission';
    case vscode.LanguageModelError.NotFound.name:
      return 'not-found';
    case vscode.LanguageModelError.Blocked.name:
      return 'content-refused';
    default:
      return 'server';
  }
}

/**
 * Lets the router reach models that only the editor can reach. Our own vendor is left out of every list and refused: a
 * request that we route must never come back to us.
 */
export function serveEditorModels(client: RouterClient): vscode.Disposable {
  client.handle<{ vendor?: string }, EditorModel[]>(toEditor.models, async ({ vendor }) => {
    const models = await vscode.lm.selectChatModels(vendor ? { vendor } : {});
    return models
      .filter((model) => model.vendor !== chatVendor)
      .map(({ vendor: of, id, name, family, maxInputTokens }) => ({ vendor: of, id, name, family, maxInputTokens }));
  });
  client.handle<EditorChatParams, EditorChatResult>(toEditor.chat, async (params, token) => {
    if (params.vendor === chatVendor)
      return {
        kind: 'failed',
        failure: 'bad-request',
        message: 'A routed request cannot be sent to the routing itself.',
      };
    const [model] = await vscode.lm.selectChatModels({ vendor: params.vendor, id: params.model });
    if (!model)
      return {
        kind: 'failed',
        failure: 'not-found',
        message: `The editor has no model "${params.model}" from "${params.vendor}" now.`,
      };
    const emit = (event: ChatEvent): Promise<void> => client.notify(toRouter.editorChatEvent, { id: params.id, event });
    try {
      const { tools, toolChoice } = params.conversation;
      const response = await model.sendRequest(
        writeMessages(params.conversation),
        {
          tools: tools.map((tool) => ({
            name: tool.name,
            description: tool.description ?? '',
            inputSchema: tool.parameters as object,
          })),
          toolMode:
            toolChoice?.kind === 'required'
              ? vscode.LanguageModelChatToolMode.Required
              : vscode.LanguageModelChatToolMode.Auto,
          justification: vscode.l10n.t('The repository’s routing policy chose this model.'),
        },
        token,
      );
      let index = 0;
      for await (const part of response.stream) {
        if (part instanceof vscode.LanguageModelTextPart) await emit({ kind: 'text', text: part.value });
        else if (part instanceof vscode.LanguageModelToolCallPart) {
          await emit({
            kind: 'tool-call',
            index: index++,
            callId: part.callId,
            name: part.name,
            arguments: JSON.stringify(part.input ?? {}),
          });
        } else if (part instanceof vscode.LanguageModelDataPart && part.mimeType === 'usage') {
          const usage = readUsage(part.data);
          if (usage) await emit({ kind: 'usage', usage });
        }
      }
      return { kind: 'done' };
    } catch (error) {
      if (token.isCancellationRequested) return { kind: 'failed', failure: 'cancelled', message: 'Cancelled.' };
      return {
        kind: 'failed',
        failure: failureOf(error),
        message: error instanceof Error ? error.message : String(error),
      };
    }
  });
  return vscode.lm.onDidChangeChatModels(() => {
    // A router that is not running asks for the models when it starts.
    client.notify(toRouter.editorModelsChanged, {}).catch(() => undefined);
  });
}

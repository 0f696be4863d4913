import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import { autoModelId, autoModelName, chatVendor } from '../contract/commands.ts';
import type { ChatParams, ChatResult, OverrideOptions, OverrideTarget, RouteStatus } from '../contract/messages.ts';
import { roughTokenCount } from '../models/roughTokenCount.ts';
import type { Surface } from '../usage/attempt.ts';
import { createPartWriter, readConversation } from './chatParts.ts';
import { openRoots } from './openRoots.ts';
import type { RouterClient } from './routerClient.ts';

/** What the picker's entry promises: large enough for an agent's context; the policy moves longer requests on. */
const maxInputTokens = 200_000;
const maxOutputTokens = 32_000;

/** An error whose text the chat prints as it is, without a stack. */
function chatError(message: string): Error {
  return Object.assign(new Error(message), { stack: '' });
}

function stringOption(options: vscode.ProvideLanguageModelChatResponseOptions, name: string): string | undefined {
  const value: unknown = options.modelOptions?.[name];
  return typeof value === 'string' && value ? value : undefined;
}

/** Undocumented, hence only a hint: which extension asks. */
function initiatorOf(options: vscode.ProvideLanguageModelChatResponseOptions): string {
  const value: unknown = Reflect.get(options, 'requestInitiator');
  return typeof value === 'string' && value ? value : 'vscode';
}

function surfaceOf(client: string, conversationId: string | undefined, tools: number): Surface {
  if (!/copilot-chat$|^vscode$|^core$/i.test(client)) return 'extension';
  return !conversationId && tools === 0 ? 'utility' : 'chat';
}

export interface ChatProviderEvents {
  /** The routing itself answered, because no provider is usable. */
  answeredByRouting(): void;
}

/**
 * The entry "Routing Policy (auto)" in the editor's model picker, and one for each model that may be picked instead:
 * forwards to the router and shows what comes back.
 */
export class ChatProvider implements vscode.LanguageModelChatProvider, vscode.Disposable {
  readonly #client: RouterClient;
  readonly #events: ChatProviderEvents;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeLanguageModelChatInformation = this.#changed.event;
  #detail = 'routed by policy';
  #offered: readonly OverrideTarget[] = [];
  readonly #everOffered = new Map<string, OverrideTarget>();

  constructor(client: RouterClient, events: ChatProviderEvents) {
    this.#client = client;
    this.#events = events;
  }

  dispose(): void {
    this.#changed.dispose();
  }

  /** Shows the last route and its cost beside the entry's name. */
  update(status: RouteStatus): void {
    const detail = status.detail ?? this.#detail;
    if (detail === this.#detail) return;
    this.#detail = detail;
    this.#changed.fire();
  }

  /** A picker can give no reason: where the policy wants one, a model is asked for by the command. */
  offer({ allowed, reasonRequired, targets }: OverrideOptions): void {
    const offered = allowed && !reasonRequired ? targets : [];
    if (isDeepStrictEqual(offered, this.#offered)) return;
    this.#offered = offered;
    for (const target of offered) this.#everOffered.set(target.target, target);
    this.#changed.fire();
  }

  provideLanguageModelChatInformation(): vscode.LanguageModelChatInformation[] {
    const auto = {
      id: autoModelId,
      name: autoModelName,
      // Copilot picks its system prompt and edit tools by family; a name of our own gets the neutral ones.
      family: chatVendor,
      version: '1',
      detail: this.#detail,
      tooltip: vscode.l10n.t('The repository’s routing policy chooses the model for each request.'),
      maxInputTokens,
      maxOutputTokens,
      capabilities: { toolCalling: true, imageInput: true },
      isUserSelectable: true,
    };
    // One that is offered no more may still be the picked one. Its requests are the policy's to answer, which serves them
    // by its own choice and says why; left out here, the editor would call the model unavailable.
    const others = [...this.#everOffered.values()].map(({ target, detail }) => ({
      ...auto,
      id: target,
      name: target,
      detail,
      isUserSelectable: this.#offered.some((offer) => offer.target === target),
      tooltip: vscode.l10n.t(
        'Asked for instead of the policy’s own choice. Constraints and budgets hold all the same.',
      ),
    }));
    return [auto, ...others];
  }

  async provideLanguageModelChatResponse(
    model: vscode.LanguageModelChatInformation,
    messages: readonly vscode.LanguageModelChatRequestMessage[],
    options: vscode.ProvideLanguageModelChatResponseOptions,
    progress: vscode.Progress<vscode.LanguageModelResponsePart>,
    token: vscode.CancellationToken,
  ): Promise<void> {
    const client = initiatorOf(options);
    const conversationId = stringOption(options, '_conversationId');
    const turnId = stringOption(options, '_telemetryTurn');
    const editor = vscode.window.activeTextEditor;
    const params: ChatParams = {
      id: randomUUID(),
      conversation: readConversation(messages, options),
      surface: surfaceOf(client, conversationId, options.tools?.length ?? 0),
      client,
      roots: openRoots(),
      ...(editor?.document.uri.scheme === 'file'
        ? { activeFile: editor.document.uri.toString(), selected: !editor.selection.isEmpty }
        : {}),
      ...(conversationId ? { conversationId } : {}),
      ...(turnId ? { turnId } : {}),
      requestedModel: model.id,
    };
    const result = await this.#client.chat(
      params,
      createPartWriter((part) => progress.report(part)),
      token,
    );
    this.#finish(result, params.surface, progress);
  }

  #finish(result: ChatResult, surface: Surface, progress: vscode.Progress<vscode.LanguageModelResponsePart>): void {
    switch (result.kind) {
      case 'served':
      case 'cancelled':
        return;
      case 'answered-by-routing':
        // Nobody reads it: the editor would take it for the title or the commit message that it asked for.
        if (surface === 'utility') throw chatError(vscode.l10n.t('No provider can be used for this.'));
        progress.report(new vscode.LanguageModelTextPart(result.markdown));
        this.#events.answeredByRouting();
        return;
      case 'blocked':
      case 'failed':
        throw chatError(result.message);
      default:
        result satisfies never;
    }
  }

  /** Called thousands of times a request: arithmetic only. */
  async provideTokenCount(
    _model: vscode.LanguageModelChatInformation,
    text: string | vscode.LanguageModelChatRequestMessage,
  ): Promise<number> {
    if (typeof text === 'string') return roughTokenCount(text);
    let tokens = 4;
    for (const part of text.content) {
      if (part instanceof vscode.LanguageModelTextPart) tokens += roughTokenCount(part.value);
      else if (part instanceof vscode.LanguageModelToolCallPart)
        tokens += roughTokenCount(JSON.stringify(part.input ?? {})) + 8;
      else if (part instanceof vscode.LanguageModelToolResultPart) {
        for (const item of part.content)
          if (item instanceof vscode.LanguageModelTextPart) tokens += roughTokenCount(item.value);
      }
    }
    return tokens;
  }
}

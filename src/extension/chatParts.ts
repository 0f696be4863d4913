import * as vscode from 'vscode';
import type { AssistantPart, Conversation, Message, Tool, ToolResultPart, UserPart } from '../chat/conversation.ts';
import type { ChatEvent } from '../chat/events.ts';

/**
 * The one boundary where the editor's own message classes are read and made. Some of what Copilot Chat sends is newer
 * than the typings that we build against (the system role, thinking parts); it is recognised by shape.
 */
const systemRole = 3;

interface ThinkingLike {
  readonly value: string | readonly string[];
  readonly id?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

type ThinkingConstructor = new (value: string, id?: string, metadata?: Record<string, unknown>) => unknown;

function thinkingConstructor(): ThinkingConstructor | undefined {
  const found: unknown = Reflect.get(vscode, 'LanguageModelThinkingPart');
  return typeof found === 'function' ? (found as ThinkingConstructor) : undefined;
}

function isThinking(part: unknown): part is ThinkingLike {
  const Thinking = thinkingConstructor();
  return Thinking !== undefined && part instanceof Thinking;
}

const utf8 = new TextDecoder();
const toBase64 = (data: Uint8Array): string => Buffer.from(data).toString('base64');

function promptTreeText(value: unknown, depth = 0): string {
  if (typeof value === 'string') return value;
  if (depth > 100 || typeof value !== 'object' || value === null) return '';
  const text = Reflect.get(value, 'text');
  if (typeof text === 'string') return text;
  const children: unknown = Reflect.get(value, 'node') ?? Reflect.get(value, 'children');
  if (Array.isArray(children)) return children.map((child) => promptTreeText(child, depth + 1)).join('');
  return children === undefined ? '' : promptTreeText(children, depth + 1);
}

function readToolResult(content: readonly unknown[]): ToolResultPart[] {
  const parts: ToolResultPart[] = [];
  for (const item of content) {
    if (item instanceof vscode.LanguageModelTextPart) parts.push({ kind: 'text', text: item.value });
    else if (item instanceof vscode.LanguageModelPromptTsxPart)
      parts.push({ kind: 'text', text: promptTreeText(item.value) });
    else if (item instanceof vscode.LanguageModelDataPart) {
      if (item.mimeType.startsWith('image/')) {
        parts.push({ kind: 'image', mediaType: item.mimeType, base64: toBase64(item.data) });
      } else if (item.mimeType.startsWith('text/') || item.mimeType === 'application/json') {
        parts.push({ kind: 'text', text: utf8.decode(item.data) });
      }
    } else if (typeof item === 'string') parts.push({ kind: 'text', text: item });
  }
  return parts.filter((part) => part.kind !== 'text' || part.text !== '');
}

/** Marks the part before it as a place where a prompt cache may end. */
function markBreakpoint<Part extends { readonly kind: string }>(parts: Part[]): void {
  const last = parts.at(-1);
  if (last && (last.kind === 'text' || last.kind === 'image' || last.kind === 'tool-result')) {
    parts[parts.length - 1] = { ...last, cacheBreakpoint: true };
  }
}

function readUser(content: readonly unknown[]): UserPart[] {
  const parts: UserPart[] = [];
  for (const item of content) {
    if (item instanceof vscode.LanguageModelTextPart) {
      if (item.value) parts.push({ kind: 'text', text: item.value });
    } else if (item instanceof vscode.LanguageModelToolResultPart) {
      parts.push({ kind: 'tool-result', callId: item.callId, parts: readToolResult(item.content) });
    } else if (item instanceof vscode.LanguageModelDataPart) {
      if (item.mimeType === 'cache_control') markBreakpoint(parts);
      else if (item.mimeType.startsWith('image/')) {
        parts.push({ kind: 'image', mediaType: item.mimeType, base64: toBase64(item.data) });
      } else if (item.mimeType === 'application/pdf') {
        parts.push({ kind: 'document', mediaType: item.mimeType, base64: toBase64(item.data) });
      } else if (item.mimeType.startsWith('text/')) parts.push({ kind: 'text', text: utf8.decode(item.data) });
    }
  }
  return parts;
}

function readAssistant(content: readonly unknown[]): AssistantPart[] {
  const parts: AssistantPart[] = [];
  for (const item of content) {
    if (item instanceof vscode.LanguageModelTextPart) {
      if (item.value) parts.push({ kind: 'text', text: item.value });
    } else if (item instanceof vscode.LanguageModelToolCallPart) {
      parts.push({
        kind: 'tool-call',
        callId: item.callId,
        name: item.name,
        arguments: JSON.stringify(item.input ?? {}),
      });
    } else if (isThinking(item)) {
      const text = typeof item.value === 'string' ? item.value : item.value.join('');
      const signature = item.metadata?.['signature'];
      const sealed = item.metadata?.['redactedData'];
      const maker = item.metadata?.['maker'];
      const model = item.metadata?.['model'];
      const complete = item.metadata?.['_completeThinking'];
      parts.push({
        kind: 'thinking',
        text: typeof complete === 'string' && complete ? complete : text,
        ...(item.id ? { id: item.id } : {}),
        ...(typeof signature === 'string' ? { signature } : {}),
        ...(typeof sealed === 'string' ? { sealed } : {}),
        ...(typeof maker === 'string' ? { maker } : {}),
        ...(typeof model === 'string' ? { model } : {}),
      });
    } else if (item instanceof vscode.LanguageModelDataPart && item.mimeType === 'cache_control') markBreakpoint(parts);
  }
  return parts;
}

/** Reads the editor's messages into the neutral conversation. Parts that no model can use (markers) are left out. */
export function readConversation(
  messages: readonly vscode.LanguageModelChatRequestMessage[],
  options: Pick<vscode.ProvideLanguageModelChatResponseOptions, 'tools' | 'toolMode'>,
): Conversation {
  const system: Conversation['system'][number][] = [];
  const read: Message[] = [];
  for (const message of messages) {
    const role: number = message.role;
    if (role === systemRole) {
      for (const part of readUser(message.content)) {
        if (part.kind === 'text') {
          system.push({ text: part.text, ...(part.cacheBreakpoint ? { cacheBreakpoint: true } : {}) });
        }
      }
    } else if (role === vscode.LanguageModelChatMessageRole.Assistant) {
      const parts = readAssistant(message.content);
      if (parts.length) read.push({ role: 'assistant', parts });
    } else {
      const parts = readUser(message.content);
      if (parts.length) read.push({ role: 'user', parts });
    }
  }
  const tools: Tool[] = (options.tools ?? []).map((tool) => ({
    name: tool.name,
    description: tool.description,
    parameters: tool.inputSchema ?? { type: 'object', properties: {} },
  }));
  const required = options.toolMode === vscode.LanguageModelChatToolMode.Required;
  return {
    system,
    messages: read,
    tools,
    ...(tools.length && required ? { toolChoice: { kind: 'required' as const } } : {}),
  };
}

function parseArguments(text: string): object {
  try {
    const value: unknown = JSON.parse(text || '{}');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {}; // a model's malformed call: the tool itself then tells the model which argument is missing
  }
}

/**
 * Turns events of the answer into the editor's parts, one call an event, in order. Thinking is given only where this
 * editor has a part for it.
 */
export function createPartWriter(report: (part: vscode.LanguageModelResponsePart) => void): (event: ChatEvent) => void {
  const Thinking = thinkingConstructor();
  let thought = '';
  const think = (text: string, id: string | undefined, metadata?: Record<string, unknown>): void => {
    if (Thinking) report(new Thinking(text, id, metadata) as vscode.LanguageModelResponsePart);
  };
  return (event) => {
    switch (event.kind) {
      case 'text':
        return report(new vscode.LanguageModelTextPart(event.text));
      case 'thinking':
        thought += event.text;
        return think(event.text, event.id);
      case 'thinking-ended': {
        think('', event.id, {
          _completeThinking: thought,
          ...(event.signature ? { signature: event.signature } : {}),
          ...(event.sealed ? { redactedData: event.sealed } : {}),
          ...(event.maker ? { maker: event.maker } : {}),
          ...(event.model ? { model: event.model } : {}),
        });
        thought = '';
        return;
      }
      case 'tool-call':
        return report(new vscode.LanguageModelToolCallPart(event.callId, event.name, parseArguments(event.arguments)));
      case 'usage': {
        const { usage } = event;
        const prompt = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
        const body = {
          prompt_tokens: prompt,
          completion_tokens: usage.outputTokens,
          total_tokens: prompt + usage.outputTokens,
          prompt_tokens_details: { cached_tokens: usage.cacheReadTokens },
        };
        return report(new vscode.LanguageModelDataPart(new TextEncoder().encode(JSON.stringify(body)), 'usage'));
      }
      case 'started':
      case 'tool-call-started':
      case 'tool-call-delta':
      case 'finished':
        return;
      default:
        event satisfies never;
    }
  };
}

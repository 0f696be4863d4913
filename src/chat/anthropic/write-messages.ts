import type {
  ContentBlockParam,
  ImageBlockParam,
  MessageParam,
  TextBlockParam,
  ToolResultBlockParam,
} from '@anthropic-ai/sdk/resources/messages/messages';
import type { AssistantPart, ToolResultPart } from '../conversation.ts';
import type { Lost } from '../events.ts';
import { imageOfDataUrl, isImageType, missingPart, textOfDocument } from '../media.ts';
import { blank, type Placed, type SaidPart, type ToolResult, type Turn } from '../turns.ts';
import { isFields, jsonOrUndefined } from '../untrusted.ts';
import type { CacheBreakpoints } from './cache-breakpoints.ts';

interface Notes {
  readonly lost: Lost[];
  readonly breakpoints: CacheBreakpoints;
}

/** The turns as messages: from a user's to a user's, as newer models want it. */
export function writeMessages(turns: readonly Turn[], notes: Notes): MessageParam[] {
  const messages: MessageParam[] = turns.map((turn) =>
    turn.role === 'user'
      ? {
          role: 'user',
          content: [
            ...turn.results.map((placed) => writeResult(placed, notes)),
            ...turn.parts.map((placed) => writeSaid(placed, notes)),
          ],
        }
      : { role: 'assistant', content: turn.parts.map((placed) => writeAnswered(placed, notes)) },
  );
  if (messages[0]?.role !== 'user') {
    if (messages.length > 0) notes.lost.push({ where: 'messages[0]', what: 'an opening by the assistant' });
    messages.unshift(continuation());
  }
  if (messages.at(-1)?.role === 'assistant') {
    notes.lost.push({
      where: 'messages',
      what: 'an answer begun for the model to go on with; it is asked to continue',
    });
    messages.push(continuation());
  }
  return messages;
}

function continuation(): MessageParam {
  return { role: 'user', content: [{ type: 'text', text: 'Continue.' }] };
}

function writeSaid({ part, where }: Placed<SaidPart>, { lost, breakpoints }: Notes): ContentBlockParam {
  switch (part.kind) {
    case 'text':
      return breakpoints.note<TextBlockParam>({ type: 'text', text: part.text }, part.cacheBreakpoint, where);
    case 'image':
      return breakpoints.note(writeImage(part, where, lost), part.cacheBreakpoint, where);
    case 'image-url': {
      const inline = imageOfDataUrl(part.url);
      if (inline !== undefined) return writeImage({ kind: 'image', ...inline }, where, lost);
      if (part.url.startsWith('https://')) return { type: 'image', source: { type: 'url', url: part.url } };
      lost.push({ where, what: 'an image whose address is not https' });
      return { type: 'text', text: missingPart(part) };
    }
    case 'document': {
      const named = part.name === undefined ? {} : { title: part.name };
      if (part.mediaType === 'application/pdf') {
        const source = { type: 'base64', media_type: part.mediaType, data: part.base64 } as const;
        return { type: 'document', source, ...named };
      }
      const text = textOfDocument(part);
      if (text !== undefined && !blank(text)) {
        return { type: 'document', source: { type: 'text', media_type: 'text/plain', data: text }, ...named };
      }
      lost.push({ where, what: `a document of type ${part.mediaType}` });
      return { type: 'text', text: missingPart(part) };
    }
    default:
      return part satisfies never;
  }
}

function writeImage(
  part: Extract<SaidPart, { kind: 'image' }>,
  where: string,
  lost: Lost[],
): ImageBlockParam | TextBlockParam {
  if (isImageType(part.mediaType)) {
    return { type: 'image', source: { type: 'base64', media_type: part.mediaType, data: part.base64 } };
  }
  lost.push({ where, what: `an image of type ${part.mediaType}` });
  return { type: 'text', text: missingPart(part) };
}

function writeResult({ part, where }: Placed<ToolResult>, { lost, breakpoints }: Notes): ToolResultBlockParam {
  const content = part.parts
    .filter((piece) => piece.kind !== 'text' || !blank(piece.text))
    .map((piece: ToolResultPart) =>
      piece.kind === 'text' ? ({ type: 'text', text: piece.text } as const) : writeImage(piece, where, lost),
    );
  const block: ToolResultBlockParam = {
    type: 'tool_result',
    tool_use_id: part.callId,
    ...(content.length > 0 && { content }),
    ...(part.failed === true && { is_error: true }),
  };
  return breakpoints.note(block, part.cacheBreakpoint, where);
}

function writeAnswered({ part, where }: Placed<AssistantPart>, { lost, breakpoints }: Notes): ContentBlockParam {
  switch (part.kind) {
    case 'text':
      return breakpoints.note<TextBlockParam>({ type: 'text', text: part.text }, part.cacheBreakpoint, where);
    case 'thinking':
      return part.sealed === undefined || part.sealed === ''
        ? { type: 'thinking', thinking: part.text, signature: part.signature ?? '' }
        : { type: 'redacted_thinking', data: part.sealed };
    case 'tool-call': {
      const input = part.arguments.trim() === '' ? {} : jsonOrUndefined(part.arguments);
      if (isFields(input)) return { type: 'tool_use', id: part.callId, name: part.name, input };
      lost.push({ where, what: 'arguments of a tool call that are not a JSON object; they were sent as text in one' });
      return { type: 'tool_use', id: part.callId, name: part.name, input: { arguments: part.arguments } };
    }
    default:
      return part satisfies never;
  }
}

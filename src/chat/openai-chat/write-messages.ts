import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionContentPart,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions/completions';
import type { AssistantPart, ImageDetail } from '../conversation.ts';
import type { Lost } from '../events.ts';
import { imageOfDataUrl, isImageType, missingPart, textOfDocument } from '../media.ts';
import { blank, type Placed, type SaidPart, type ToolResult, type Turn } from '../turns.ts';

export interface MessageRules {
  /** Give a model its own thinking back as `reasoning_content`, as DeepSeek and its like want within a tool loop. */
  readonly returnsReasoning: boolean;
  readonly lost: Lost[];
}

export function writeMessages(turns: readonly Turn[], rules: MessageRules): ChatCompletionMessageParam[] {
  return turns.flatMap((turn) =>
    turn.role === 'assistant'
      ? [writeAnswer(turn.parts, rules)]
      : [...writeResults(turn.results, rules), ...writeSaid(turn.parts, rules)],
  );
}

/** A result is text in this dialect: its images follow in a user message, after all the results. */
function writeResults(results: readonly Placed<ToolResult>[], { lost }: MessageRules): ChatCompletionMessageParam[] {
  const images: ChatCompletionContentPart[] = [];
  const messages = results.map(({ part, where }): ChatCompletionMessageParam => {
    const texts: string[] = part.failed === true ? ['The tool failed.'] : [];
    for (const piece of part.parts) {
      if (piece.kind === 'text') {
        texts.push(piece.text);
      } else {
        texts.push('[An image follows below.]');
        images.push({ type: 'text', text: `The image in the result of call ${part.callId}:` });
        images.push(imagePart(piece, where, lost));
      }
    }
    return { role: 'tool', tool_call_id: part.callId, content: texts.join('\n') };
  });
  return images.length === 0 ? messages : [...messages, { role: 'user', content: images }];
}

function writeSaid(parts: readonly Placed<SaidPart>[], { lost }: MessageRules): ChatCompletionMessageParam[] {
  const written = parts.map((placed) => saidPart(placed, lost));
  const only = written[0];
  if (only === undefined) return [];
  // Servers that lag take a user's message as a string only.
  return [{ role: 'user', content: written.length === 1 && only.type === 'text' ? only.text : written }];
}

function saidPart({ part, where }: Placed<SaidPart>, lost: Lost[]): ChatCompletionContentPart {
  switch (part.kind) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'image':
      return imagePart(part, where, lost);
    case 'image-url': {
      const inline = imageOfDataUrl(part.url);
      if (inline !== undefined) return imagePart({ ...part, kind: 'image', ...inline }, where, lost);
      if (part.url.startsWith('https://'))
        return { type: 'image_url', image_url: { url: part.url, ...detailOf(part) } };
      lost.push({ where, what: 'an image whose address is not https' });
      return { type: 'text', text: missingPart(part) };
    }
    case 'document': {
      const text = textOfDocument(part);
      if (text !== undefined && !blank(text)) {
        return { type: 'text', text: part.name === undefined ? text : `${part.name}:\n${text}` };
      }
      if (part.mediaType === 'application/pdf') {
        const file_data = `data:${part.mediaType};base64,${part.base64}`;
        return { type: 'file', file: { filename: part.name || 'document.pdf', file_data } };
      }
      lost.push({ where, what: `a document of type ${part.mediaType}` });
      return { type: 'text', text: missingPart(part) };
    }
    default:
      return part satisfies never;
  }
}

function imagePart(part: Extract<SaidPart, { kind: 'image' }>, where: string, lost: Lost[]): ChatCompletionContentPart {
  if (isImageType(part.mediaType)) {
    const url = `data:${part.mediaType};base64,${part.base64}`;
    return { type: 'image_url', image_url: { url, ...detailOf(part) } };
  }
  lost.push({ where, what: `an image of type ${part.mediaType}` });
  return { type: 'text', text: missingPart(part) };
}

function detailOf({ detail }: { readonly detail?: ImageDetail }): { readonly detail?: ImageDetail } {
  return detail === undefined ? {} : { detail };
}

function writeAnswer(
  parts: readonly Placed<AssistantPart>[],
  { returnsReasoning }: MessageRules,
): ChatCompletionAssistantMessageParam {
  const message: ChatCompletionAssistantMessageParam & { reasoning_content?: string } = { role: 'assistant' };
  const text = joinedText(parts);
  const thinking = parts.map(({ part }) => (part.kind === 'thinking' ? part.text : '')).join('');
  const calls = parts.flatMap(({ part }) =>
    part.kind === 'tool-call'
      ? [
          {
            id: part.callId,
            type: 'function' as const,
            function: { name: part.name, arguments: part.arguments.trim() === '' ? '{}' : part.arguments },
          },
        ]
      : [],
  );
  message.content = text === '' ? (calls.length > 0 ? null : '[no text]') : text;
  if (returnsReasoning && thinking !== '') message.reasoning_content = thinking;
  if (calls.length > 0) message.tool_calls = calls;
  return message;
}

/** One text of several: parts of one message ran on as they were written, messages stood apart. */
function joinedText(parts: readonly Placed<AssistantPart>[]): string {
  let text = '';
  let lastMessage: number | undefined;
  for (const { part, message } of parts) {
    if (part.kind !== 'text') continue;
    text += (lastMessage !== undefined && lastMessage !== message ? '\n\n' : '') + part.text;
    lastMessage = message;
  }
  return text;
}

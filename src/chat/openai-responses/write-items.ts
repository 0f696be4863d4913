import type {
  ResponseCustomToolCallOutput,
  ResponseInputContent,
  ResponseInputImage,
  ResponseInputItem,
  ResponseInputText,
} from 'openai/resources/responses/responses';
import type { AssistantPart } from '../conversation.ts';
import type { Lost } from '../events.ts';
import { imageOfDataUrl, isImageType, missingPart, textOfDocument } from '../media.ts';
import { blank, fitName, type Placed, type SaidPart, type ToolResult, type Turn } from '../turns.ts';

/** The turns as input items: a flat list, in which a call and its result find each other by `call_id`. */
export function writeItems(turns: readonly Turn[], lost: Lost[]): ResponseInputItem[] {
  // Ids of calls are unique here, and each call comes before its result.
  const customCalls = new Set<string>();
  return turns.flatMap((turn) => {
    if (turn.role === 'assistant') {
      for (const { part } of turn.parts) {
        if (part.kind === 'tool-call' && part.custom === true) customCalls.add(part.callId);
      }
      return writeAnswer(turn.parts);
    }
    const content = turn.parts.map((placed) => saidPart(placed, lost));
    const results = turn.results.map((placed) => writeResult(placed, customCalls, lost));
    return content.length === 0 ? results : [...results, { type: 'message' as const, role: 'user' as const, content }];
  });
}

function writeResult(
  { part, where }: Placed<ToolResult>,
  customCalls: ReadonlySet<string>,
  lost: Lost[],
): ResponseInputItem.FunctionCallOutput | ResponseCustomToolCallOutput {
  const failed = part.failed === true ? [{ type: 'input_text' as const, text: 'The tool failed.' }] : [];
  const pieces: (ResponseInputText | ResponseInputImage)[] = [
    ...failed,
    ...part.parts
      .filter((piece) => piece.kind !== 'text' || !blank(piece.text))
      .map((piece) =>
        piece.kind === 'text' ? { type: 'input_text' as const, text: piece.text } : image(piece, where, lost),
      ),
  ];
  const texts = pieces.map((piece) => (piece.type === 'input_text' ? piece.text : undefined));
  const output = texts.every((text) => text !== undefined) ? texts.join('\n') : pieces;
  const result = { call_id: part.callId, output };
  return customCalls.has(part.callId)
    ? { type: 'custom_tool_call_output', ...result }
    : { type: 'function_call_output', ...result };
}

function saidPart({ part, where }: Placed<SaidPart>, lost: Lost[]): ResponseInputContent {
  switch (part.kind) {
    case 'text':
      return { type: 'input_text', text: part.text };
    case 'image':
      return image(part, where, lost);
    case 'image-url': {
      const inline = imageOfDataUrl(part.url);
      if (inline !== undefined) return image({ ...part, kind: 'image', ...inline }, where, lost);
      if (part.url.startsWith('https://')) {
        return { type: 'input_image', detail: part.detail ?? 'auto', image_url: part.url };
      }
      lost.push({ where, what: 'an image whose address is not https' });
      return { type: 'input_text', text: missingPart(part) };
    }
    case 'document': {
      const text = textOfDocument(part);
      if (text !== undefined && !blank(text)) {
        return { type: 'input_text', text: part.name === undefined ? text : `${part.name}:\n${text}` };
      }
      if (part.mediaType === 'application/pdf') {
        const file_data = `data:${part.mediaType};base64,${part.base64}`;
        return { type: 'input_file', filename: part.name || 'document.pdf', file_data };
      }
      lost.push({ where, what: `a document of type ${part.mediaType}` });
      return { type: 'input_text', text: missingPart(part) };
    }
    default:
      return part satisfies never;
  }
}

function image(
  part: Extract<SaidPart, { kind: 'image' }>,
  where: string,
  lost: Lost[],
): Extract<ResponseInputContent, { type: 'input_text' | 'input_image' }> {
  if (isImageType(part.mediaType)) {
    const image_url = `data:${part.mediaType};base64,${part.base64}`;
    return { type: 'input_image', detail: part.detail ?? 'auto', image_url };
  }
  lost.push({ where, what: `an image of type ${part.mediaType}` });
  return { type: 'input_text', text: missingPart(part) };
}

function writeAnswer(parts: readonly Placed<AssistantPart>[]): ResponseInputItem[] {
  const items: ResponseInputItem[] = [];
  // Parts of text in a row are one message: a stream of pieces may have been kept piece by piece.
  let text = '';
  const flush = () => {
    if (text !== '') items.push({ type: 'message', role: 'assistant', content: text });
    text = '';
  };
  let textMessage: number | undefined;
  for (const { part, message } of parts) {
    if (part.kind === 'text') {
      if (textMessage !== message) flush();
      textMessage = message;
      text += part.text;
      continue;
    }
    flush();
    items.push(
      part.kind === 'thinking'
        ? {
            type: 'reasoning',
            id: part.id ?? '',
            summary: part.text === '' ? [] : [{ type: 'summary_text', text: part.text }],
            encrypted_content: part.sealed ?? '',
          }
        : writeCall(part),
    );
  }
  flush();
  return items;
}

function writeCall(call: Extract<AssistantPart, { kind: 'tool-call' }>): ResponseInputItem {
  const { callId, name, namespace } = call;
  const called = { call_id: callId, name, ...(namespace !== undefined && { namespace: fitName(namespace) }) };
  return call.custom === true
    ? { type: 'custom_tool_call', ...called, input: call.arguments }
    : { type: 'function_call', ...called, arguments: call.arguments.trim() === '' ? '{}' : call.arguments };
}

import type { ImageDetail, ToolResultPart, UserPart } from './conversation.ts';
import type { Lost } from './events.ts';
import { imageOfDataUrl } from './media.ts';
import { objectAt, optional, textAt, wrong } from './request-fields.ts';
import { lostPart, shownType } from './request-losses.ts';
import { type Fields, isFields } from './untrusted.ts';
import { detailLost } from './wishes.ts';

// The parts of messages in both of OpenAI's dialects, read.

/** A part of a message, and its place for faults and reports. */
export interface PlacedPart {
  readonly part: Fields;
  readonly where: string;
}

export interface ReadText {
  readonly kind: 'text';
  readonly text: string;
  readonly cacheBreakpoint?: true;
}

/** Content that has to be text, in one string or in parts. What is not text is reported, and a text stands for it. */
export function readTexts(content: unknown, where: string, lost: Lost[]): ReadText[] {
  return readContent(content, where, (placed) => textPart(placed) ?? unreadPart(placed, lost));
}

/** Content in one string or in parts; none where it is left out. */
export function readContent<Part>(
  content: unknown,
  where: string,
  read: (placed: PlacedPart) => Part,
): (Part | ReadText)[] {
  if (content === undefined || content === null) return [];
  if (typeof content === 'string') return [{ kind: 'text', text: content }];
  if (!Array.isArray(content)) return wrong(where, 'a string or a list of parts');
  return content.map((item: unknown, index) => {
    const at = `${where}[${index}]`;
    return read({ part: objectAt(item, at), where: at });
  });
}

export function textPart({ part, where }: PlacedPart): ReadText | undefined {
  switch (part['type']) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return { kind: 'text', text: textAt(part['text'], `${where}.text`), ...breakpointOf(part) };
    case 'refusal':
      return { kind: 'text', text: textAt(part['refusal'], `${where}.refusal`) };
    default:
      return undefined;
  }
}

/** What a tool gave back: text and images. */
export function readResult(
  content: unknown,
  where: string,
  read: (placed: PlacedPart) => UserPart,
  lost: Lost[],
): ToolResultPart[] {
  return readContent(content, where, (placed): ToolResultPart => {
    const part = read(placed);
    switch (part.kind) {
      case 'text':
        return { kind: 'text', text: part.text };
      case 'image':
        if (part.detail !== undefined) lost.push({ where: placed.where, what: detailLost });
        return { kind: 'image', mediaType: part.mediaType, base64: part.base64 };
      case 'image-url':
        return lostPart('an image given by its address in a result', placed.where, lost);
      default:
        return lostPart('a file in a result', placed.where, lost);
    }
  });
}

/** `cacheBreakpoint` where the part asks for one. */
function breakpointOf(part: Fields): { readonly cacheBreakpoint?: true } {
  return isFields(part['prompt_cache_breakpoint']) ? { cacheBreakpoint: true } : {};
}

/** @param detail as the client wrote it */
export function imagePart(
  url: string,
  { part, where }: PlacedPart,
  detail: unknown,
  lost: Lost[],
): Extract<UserPart, { kind: 'image' | 'image-url' }> {
  const inline = imageOfDataUrl(url);
  const known: ImageDetail | undefined = detail === 'low' || detail === 'high' ? detail : undefined;
  if (known === undefined && typeof detail === 'string' && detail !== 'auto') lost.push({ where, what: detailLost });
  const wanted = known === undefined ? {} : { detail: known };
  return inline === undefined
    ? { kind: 'image-url', url, ...wanted }
    : { kind: 'image', ...inline, ...wanted, ...breakpointOf(part) };
}

/** A file with its content in the request. */
export function documentPart(file: Fields, where: string): Extract<UserPart, { kind: 'document' }> | undefined {
  const data = optional(file['file_data'], `${where}.file_data`, textAt);
  const name = optional(file['filename'], `${where}.filename`, textAt);
  const content = data === undefined ? undefined : documentOfDataUrl(data);
  return content && { kind: 'document', ...content, ...(name !== undefined && name !== '' && { name }) };
}

function documentOfDataUrl(url: string): { readonly mediaType: string; readonly base64: string } | undefined {
  const comma = url.indexOf(',');
  const head = /^data:([a-z]+\/[a-z0-9.+-]+)(?:;[a-z]+=[\w-]+)*;base64$/i.exec(url.slice(0, Math.min(comma, 200)));
  return head?.[1] === undefined ? undefined : { mediaType: head[1].toLowerCase(), base64: url.slice(comma + 1) };
}

/** A part that nothing is known of but its type. */
export function unreadPart({ part, where }: PlacedPart, lost: Lost[]): ReadText {
  const { type } = part;
  return lostPart(type === 'input_audio' ? 'a recording of sound' : `a part ${shownType(type)}`, where, lost);
}

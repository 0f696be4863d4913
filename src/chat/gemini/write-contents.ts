import type { AssistantPart, ThinkingPart } from '../conversation.ts';
import type { Lost } from '../events.ts';
import { imageOfDataUrl, missingPart, textOfDocument } from '../media.ts';
import { blank, type Placed, type SaidPart, type ToolResult, type Turn } from '../turns.ts';
import { isFields, jsonOrUndefined } from '../untrusted.ts';
import type { ModelRules } from './model-rules.ts';
import { type Blob, type Content, noSignature, type Part } from './wire.ts';

interface Notes {
  readonly rules: ModelRules;
  readonly lost: Lost[];
}

const imageTypes: readonly string[] = ['image/png', 'image/jpeg', 'image/webp', 'image/heic', 'image/heif'];
/** Kinds of text that are taken as documents of their own; others are sent as plain text. */
const textTypes: readonly string[] = ['text/plain', 'text/html', 'text/css', 'text/markdown', 'text/csv', 'text/xml'];

/** The turns as contents: from a user's to a user's, as the API wants them. */
export function writeContents(turns: readonly Turn[], notes: Notes): Content[] {
  const contents: Content[] = [];
  let calls: ReadonlyMap<string, Call> = new Map();
  for (const turn of turns) {
    if (turn.role === 'assistant') {
      calls = callsOf(turn.parts);
      contents.push({ role: 'model', parts: writeAnswered(turn.parts, notes) });
    } else {
      const results = writeResults(turn.results, calls, notes);
      contents.push({
        role: 'user',
        parts: [...results, ...turn.parts.map((placed) => writeSaid(placed, notes.lost))],
      });
    }
  }
  if (contents[0]?.role !== 'user') {
    if (contents.length > 0) notes.lost.push({ where: 'messages[0]', what: 'an opening by the assistant' });
    contents.unshift(continuation());
  }
  if (contents.at(-1)?.role === 'model') {
    notes.lost.push({
      where: 'messages',
      what: 'an answer begun for the model to go on with; it is asked to continue',
    });
    contents.push(continuation());
  }
  return contents;
}

function continuation(): Content {
  return { role: 'user', parts: [{ text: 'Continue.' }] };
}

interface Call {
  readonly place: number;
  readonly name: string;
}

function callsOf(parts: readonly Placed<AssistantPart>[]): ReadonlyMap<string, Call> {
  const calls = new Map<string, Call>();
  for (const { part } of parts) {
    if (part.kind === 'tool-call') calls.set(part.callId, { place: calls.size, name: part.name });
  }
  return calls;
}

/** In the order of their calls: models that know no ids match them so. */
function writeResults(
  results: readonly Placed<ToolResult>[],
  calls: ReadonlyMap<string, Call>,
  { rules, lost }: Notes,
): Part[] {
  const place = ({ part }: Placed<ToolResult>) => calls.get(part.callId)?.place ?? calls.size;
  const beside: Part[] = [];
  const written = [...results]
    .sort((a, b) => place(a) - place(b))
    .map(({ part, where }): Part => {
      const texts: string[] = [];
      const images: { readonly inlineData: Blob }[] = [];
      for (const piece of part.parts) {
        const image = piece.kind === 'image' ? imageBlob(piece.mediaType, piece.base64) : undefined;
        if (piece.kind === 'text') texts.push(piece.text);
        else if (image === undefined) {
          lost.push({ where, what: `an image of type ${piece.mediaType}` });
          texts.push(missingPart(piece));
        } else if (rules.imagesInResults) images.push({ inlineData: image });
        else {
          texts.push('[An image follows below.]');
          beside.push({ text: `The image in the result of call ${part.callId}:` }, { inlineData: image });
        }
      }
      return {
        functionResponse: {
          id: part.callId,
          name: calls.get(part.callId)?.name ?? 'unknown',
          response: { [part.failed === true ? 'error' : 'output']: texts.join('\n') },
          ...(images.length > 0 && { parts: images }),
        },
      };
    });
  return [...written, ...beside];
}

function imageBlob(mimeType: string, data: string): Blob | undefined {
  return imageTypes.includes(mimeType) ? { mimeType, data } : undefined;
}

function writeSaid({ part, where }: Placed<SaidPart>, lost: Lost[]): Part {
  switch (part.kind) {
    case 'text':
      return { text: part.text };
    case 'image':
      return imagePart(part, where, lost);
    case 'image-url': {
      const inline = imageOfDataUrl(part.url);
      if (inline !== undefined) return imagePart({ kind: 'image', ...inline }, where, lost);
      if (part.url.startsWith('https://')) return { fileData: { fileUri: part.url, ...mediaTypeOfUrl(part.url) } };
      lost.push({ where, what: 'an image whose address is not https' });
      return { text: missingPart(part) };
    }
    case 'document':
      return writeDocument(part, where, lost);
    default:
      return part satisfies never;
  }
}

function imagePart(part: Extract<SaidPart, { kind: 'image' }>, where: string, lost: Lost[]): Part {
  const image = imageBlob(part.mediaType, part.base64);
  if (image !== undefined) return { inlineData: image };
  lost.push({ where, what: `an image of type ${part.mediaType}` });
  return { text: missingPart(part) };
}

/** The type by the ending of the address; without one the API finds out by itself. */
function mediaTypeOfUrl(url: string): { readonly mimeType?: string } {
  const ending = /\.(png|jpe?g|webp|heic|heif)(?:[?#]|$)/i.exec(url)?.[1]?.toLowerCase();
  return ending === undefined ? {} : { mimeType: `image/${ending === 'jpg' ? 'jpeg' : ending}` };
}

function writeDocument(part: Extract<SaidPart, { kind: 'document' }>, where: string, lost: Lost[]): Part {
  const text = part.mediaType === 'application/pdf' ? undefined : textOfDocument(part);
  if (part.mediaType !== 'application/pdf' && (text === undefined || blank(text))) {
    lost.push({ where, what: `a document of type ${part.mediaType}` });
    return { text: missingPart(part) };
  }
  if (part.name !== undefined && part.name !== '') lost.push({ where, what: 'the name of a document' });
  const mimeType = text === undefined || textTypes.includes(part.mediaType) ? part.mediaType : 'text/plain';
  return { inlineData: { mimeType, data: part.base64 } };
}

/** Whether thinking has anything that can be given back. */
export function saysAnything({ text, signature }: ThinkingPart): boolean {
  return !blank(text) || (signature !== undefined && signature !== '');
}

/** The signature of what was thought goes with what was said next, as it came. */
function writeAnswered(placed: readonly Placed<AssistantPart>[], { rules, lost }: Notes): Part[] {
  const parts: Part[] = [];
  let signature: string | undefined;
  let signedCall = !rules.wantsSignatures;
  const signed = (): Pick<Part, 'thoughtSignature'> => {
    const taken = signature;
    signature = undefined;
    return taken === undefined || taken === '' ? {} : { thoughtSignature: taken };
  };
  for (const { part, where } of placed) {
    switch (part.kind) {
      case 'text':
        parts.push({ text: part.text, ...signed() });
        break;
      case 'thinking':
        if (signature !== undefined && signature !== '') parts.push({ text: '', ...signed() });
        if (!blank(part.text)) parts.push({ text: part.text, thought: true });
        signature = part.signature;
        break;
      case 'tool-call': {
        const call = { functionCall: { id: part.callId, name: part.name, args: argumentsOf(part, where, lost) } };
        // Only the first of several calls has a signature.
        parts.push({ ...(signedCall ? {} : { thoughtSignature: noSignature }), ...call, ...signed() });
        signedCall = true;
        break;
      }
      default:
        part satisfies never;
    }
  }
  if (signature !== undefined && signature !== '') parts.push({ text: '', ...signed() });
  return parts;
}

function argumentsOf(
  part: Extract<AssistantPart, { kind: 'tool-call' }>,
  where: string,
  lost: Lost[],
): Readonly<Record<string, unknown>> {
  const args = part.arguments.trim() === '' ? {} : jsonOrUndefined(part.arguments);
  if (isFields(args)) return args;
  lost.push({ where, what: 'arguments of a tool call that are not a JSON object; they were sent as text in one' });
  return { arguments: part.arguments };
}

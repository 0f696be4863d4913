import type { AssistantPart, Message, SystemPart, ThinkingPart, ToolResultPart, UserPart } from '../conversation.ts';
import type { Lost } from '../events.ts';
import { readOnce } from '../read-once.ts';
import { listAt, objectAt, optional, plainAt, switchAt, textAt, wordAt, wrong } from '../request-fields.ts';
import { lostPart, midwayInstruction, midwayInstructionLost, reportParts, shownType } from '../request-losses.ts';
import { readSeal } from '../sealed-thinking.ts';
import { type Fields, isFields, listOf, textOf } from '../untrusted.ts';

/** The messages of a request to the Messages API, the system's in their midst among them. @throws {RequestFault} */
export function readMessages(value: unknown, lost: Lost[]): Message[] {
  const messages = listAt(value, 'messages');
  if (messages.length === 0) wrong('messages', 'a list of at least one message');
  return messages.flatMap((item, index) => {
    const where = `messages[${index}]`;
    return oneMessage(objectAt(item, where), where, lost) ?? [];
  });
}

const oneMessage = readOnce(readMessage);
const systemBlocks = readOnce(readBlocks);

/** `system`: a string or blocks of text. */
export function readSystem(value: unknown, where: string, lost: Lost[]): readonly SystemPart[] {
  if (typeof value === 'string') return value === '' ? [] : [{ text: value }];
  return systemBlocks(listAt(value, where), where, lost);
}

function readBlocks(blocks: readonly unknown[], where: string, lost: Lost[]): readonly SystemPart[] {
  const system: SystemPart[] = [];
  for (const [index, item] of blocks.entries()) {
    const block = objectAt(item, `${where}[${index}]`);
    if (block['type'] === 'text') {
      reportCited(block, `${where}[${index}]`, lost);
      system.push({ text: textAt(block['text'], `${where}[${index}].text`), ...breakpointOf(block) });
    } else {
      lost.push({ where: `${where}[${index}]`, what: `a part of the instructions ${shownType(block['type'])}` });
    }
  }
  return system;
}

/** `cacheBreakpoint` where the block asks for one. */
export function breakpointOf(block: Fields): { readonly cacheBreakpoint?: true } {
  return isFields(block['cache_control']) ? { cacheBreakpoint: true } : {};
}

const SYSTEM_LOSSES = {
  output_config: 'settings for a single turn',
  clear_at: 'for how long an instruction is in force',
} as const;

/** @returns undefined for what only sets something, and says nothing */
function readMessage(message: Fields, where: string, lost: Lost[]): Message | undefined {
  const { role, content } = message;
  switch (role) {
    case 'user':
      return { role, parts: readContent(content, `${where}.content`, lost, readSaid) };
    case 'assistant':
      return { role, parts: readContent(content, `${where}.content`, lost, readAnswered) };
    case 'system': {
      reportParts(message, where, SYSTEM_LOSSES, lost);
      if (content === undefined || content === null) return undefined;
      lost.push({ where, what: midwayInstructionLost });
      const texts = readSystem(content, `${where}.content`, lost).map(({ text }) => text);
      return { role: 'user', parts: [midwayInstruction(texts.join('\n'))] };
    }
    default:
      return wrong(`${where}.role`, '"user", "assistant" or "system"');
  }
}

type ReadBlock<Part> = (block: Fields, where: string, lost: Lost[]) => readonly Part[];

function readContent<Part>(
  content: unknown,
  where: string,
  lost: Lost[],
  readBlock: ReadBlock<Part>,
): (Part | Extract<UserPart, { kind: 'text' }>)[] {
  if (typeof content === 'string') return [{ kind: 'text', text: content }];
  return listAt(content, where).flatMap((item, index) => {
    const place = `${where}[${index}]`;
    return readBlock(objectAt(item, place), place, lost);
  });
}

function readText(block: Fields, where: string, lost: Lost[]): Extract<UserPart, { kind: 'text' }> {
  reportCited(block, where, lost);
  return { kind: 'text', text: textAt(block['text'], `${where}.text`), ...breakpointOf(block) };
}

const CALL_LOSSES = {
  caller: 'that a tool was called by a program of the model’s and not by itself',
  toolset_name: 'which set of the provider’s tools a call belongs to',
} as const;

function reportCited(block: Fields, where: string, lost: Lost[]): void {
  if (listOf(block['citations']).length > 0) lost.push({ where, what: 'what the text cites' });
}

/** What a document of blocks is made of: no further documents. */
function readShown(block: Fields, where: string, lost: Lost[]): readonly UserPart[] {
  switch (block['type']) {
    case 'text':
      return [readText(block, where, lost)];
    case 'image':
      return [readImage(block, where, lost)];
    default:
      return [lostPart(`a block ${shownType(block['type'])}`, where, lost)];
  }
}

function readSaid(block: Fields, where: string, lost: Lost[]): readonly UserPart[] {
  switch (block['type']) {
    case 'document':
      return readDocument(block, where, lost);
    case 'search_result':
      return [readSearchResult(block, where, lost)];
    case 'tool_result': {
      reportParts(block, where, CALL_LOSSES, lost);
      const failed = optional(block['is_error'], `${where}.is_error`, switchAt) === true;
      return [
        {
          kind: 'tool-result',
          callId: wordAt(block['tool_use_id'], `${where}.tool_use_id`),
          parts:
            optional(block['content'], `${where}.content`, (value, place) =>
              readContent(value, place, lost, readResultBlock),
            ) ?? [],
          ...(failed && { failed }),
          ...breakpointOf(block),
        },
      ];
    }
    default:
      return readShown(block, where, lost);
  }
}

function readImage(
  block: Fields,
  where: string,
  lost: Lost[],
): Extract<UserPart, { kind: 'text' | 'image' | 'image-url' }> {
  reportParts(block, where, { transformations: 'what is to be done to an image before the model sees it' }, lost);
  const source = objectAt(block['source'], `${where}.source`);
  switch (source['type']) {
    case 'base64':
      return {
        kind: 'image',
        mediaType: wordAt(source['media_type'], `${where}.source.media_type`),
        base64: textAt(source['data'], `${where}.source.data`),
        ...breakpointOf(block),
      };
    case 'url':
      return { kind: 'image-url', url: textAt(source['url'], `${where}.source.url`) };
    default:
      return lostPart(`an image ${shownType(source['type'])}`, where, lost);
  }
}

function readDocument(block: Fields, where: string, lost: Lost[]): readonly UserPart[] {
  reportCitations(block, where, lost);
  const source = objectAt(block['source'], `${where}.source`);
  const name = optional(block['title'], `${where}.title`, textAt);
  const named = name === undefined || name === '' ? {} : { name };
  const context = optional(block['context'], `${where}.context`, textAt) ?? '';
  const before: UserPart[] = context === '' ? [] : [{ kind: 'text', text: context }];
  switch (source['type']) {
    case 'base64': {
      const mediaType = wordAt(source['media_type'], `${where}.source.media_type`);
      return [
        ...before,
        { kind: 'document', mediaType, base64: textAt(source['data'], `${where}.source.data`), ...named },
      ];
    }
    case 'text': {
      const text = textAt(source['data'], `${where}.source.data`);
      return [...before, { kind: 'document', mediaType: 'text/plain', base64: base64Of(text), ...named }];
    }
    case 'content': {
      const parts = readContent(source['content'], `${where}.source.content`, lost, readShown);
      return [...before, ...(name === undefined ? [] : [{ kind: 'text' as const, text: `${name}:` }]), ...parts];
    }
    default:
      // An address of a document, or the id of a file that only this provider has.
      return [...before, lostPart(`a document ${shownType(source['type'])}`, where, lost)];
  }
}

function base64Of(text: string): string {
  let bytes = '';
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return btoa(bytes);
}

/** Citations are something of the answer: whoever asks for them reads them from it. */
function reportCitations(block: Fields, where: string, lost: Lost[]): void {
  if (!isFields(block['citations']) || block['citations']['enabled'] !== true) return;
  lost.push({ where: `${where}.citations`, what: 'the wish to be told what the answer cites' });
}

function readSearchResult(block: Fields, where: string, lost: Lost[]): Extract<UserPart, { kind: 'text' }> {
  reportCitations(block, where, lost);
  lost.push({ where, what: 'that a text is the result of a search, which can be cited' });
  const texts = listOf(block['content']).map((item) => (isFields(item) ? textOf(item['text']) : ''));
  return {
    kind: 'text',
    text: [`${textOf(block['title'])} (${textOf(block['source'])})`, ...texts].join('\n'),
    ...breakpointOf(block),
  };
}

function readResultBlock(block: Fields, where: string, lost: Lost[]): readonly ToolResultPart[] {
  switch (block['type']) {
    case 'text':
      reportCited(block, where, lost);
      return [{ kind: 'text', text: textAt(block['text'], `${where}.text`) }];
    case 'image': {
      const image = readImage(block, where, lost);
      if (image.kind === 'text') return [image];
      if (image.kind === 'image-url') return [lostPart('an image by its address in the result of a tool', where, lost)];
      const { cacheBreakpoint: _, ...plain } = image;
      return [plain];
    }
    case 'search_result': {
      const { kind, text } = readSearchResult(block, where, lost);
      return [{ kind, text }];
    }
    case 'document': {
      reportCitations(block, where, lost);
      const source = objectAt(block['source'], `${where}.source`);
      if (source['type'] === 'text') return [{ kind: 'text', text: textAt(source['data'], `${where}.source.data`) }];
      return [lostPart('a document in the result of a tool', where, lost)];
    }
    default:
      return [lostPart(`a block ${shownType(block['type'])} in the result of a tool`, where, lost)];
  }
}

function readAnswered(block: Fields, where: string, lost: Lost[]): readonly AssistantPart[] {
  switch (block['type']) {
    case 'text':
      return [readText(block, where, lost)];
    case 'thinking': {
      const signature = textOf(block['signature']);
      return [readThinking(textAt(block['thinking'], `${where}.thinking`), signature, { signature })];
    }
    case 'redacted_thinking': {
      const sealed = textOf(block['data']);
      return [readThinking('', sealed, { sealed })];
    }
    case 'tool_use':
      reportParts(block, where, CALL_LOSSES, lost);
      return [
        {
          kind: 'tool-call',
          callId: wordAt(block['id'], `${where}.id`),
          name: wordAt(block['name'], `${where}.name`),
          arguments: JSON.stringify(plainAt(block['input'], `${where}.input`) ?? {}),
        },
      ];
    case 'compaction':
      // What stands for all that was said before it.
      lost.push({ where, what: 'that a text is a summary, made by the provider' });
      return [{ kind: 'text', text: textOf(block['content']) }];
    default:
      // Tools that the provider runs: their calls and results are of no use to another.
      lost.push({ where, what: `a block ${shownType(block['type'])}` });
      return [];
  }
}

/** A signature that this dialect's writer made says whose thinking it is; any other is Anthropic's own. */
function readThinking(
  text: string,
  opaque: string,
  own: { readonly signature: string } | { readonly sealed: string },
): ThinkingPart {
  const seal = readSeal(opaque);
  if (seal !== undefined) return { kind: 'thinking', text, ...seal };
  return { kind: 'thinking', text, ...(opaque === '' ? {} : { ...own, maker: 'anthropic' }) };
}

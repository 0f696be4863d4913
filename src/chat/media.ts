import type { UserPart } from './conversation.ts';

/** The kinds of image that every provider takes. */
export const imageTypes = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const;
export type ImageType = (typeof imageTypes)[number];

export function isImageType(mediaType: string): mediaType is ImageType {
  return (imageTypes as readonly string[]).includes(mediaType);
}

/** An image given as a `data:` URL, taken apart; undefined when it is another URL. */
export function imageOfDataUrl(url: string): { readonly mediaType: string; readonly base64: string } | undefined {
  const match = /^data:([a-z]+\/[a-z0-9.+-]+);base64,([A-Za-z0-9+/=]+)$/.exec(url);
  return match?.[1] === undefined || match[2] === undefined ? undefined : { mediaType: match[1], base64: match[2] };
}

/** The text of a document of text, or undefined when it is not text or not base64 of UTF-8. */
export function textOfDocument(document: { readonly mediaType: string; readonly base64: string }): string | undefined {
  if (!document.mediaType.startsWith('text/') && document.mediaType !== 'application/json') return undefined;
  try {
    const bytes = Uint8Array.from(atob(document.base64), (character) => character.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Not base64, or not text after all: the caller treats it as a document that cannot be carried.
    return undefined;
  }
}

/** What stands in the place of a part that could not be carried, so that the model knows that something is missing. */
export function missingPart(part: Extract<UserPart, { kind: 'image' | 'image-url' | 'document' }>): string {
  switch (part.kind) {
    case 'image':
      return `[An image of type ${part.mediaType} could not be passed on.]`;
    case 'image-url':
      return '[An image could not be passed on.]';
    case 'document':
      return `[A document${part.name === undefined ? '' : ` named "${part.name}"`} of type ${part.mediaType} could not be passed on.]`;
    default:
      return part satisfies never;
  }
}

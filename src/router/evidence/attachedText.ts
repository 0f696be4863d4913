import { isUtf8 } from 'node:buffer';

/** Bytes that tell a picture or an archive from a text before all of it is decoded. */
const OPENING = 3 * 1024;
const DATA_URL = /^data:[^,;]{0,200}(?:;[^,;]{0,200}){0,10}?(;base64)?,/i;

/**
 * The text of an attachment, whatever type it is said to have; undefined where it is none, as a picture.
 *
 * @param data base64, with the alphabet of addresses or without
 */
export function attachedText(data: string): string | undefined {
  const opening = Buffer.from(data.slice(0, (OPENING / 3) * 4), 'base64');
  // The cut may stand in the middle of a character, which has four bytes at most.
  if (!isText(opening) && ![1, 2, 3].some((cut) => isText(opening.subarray(0, -cut)))) return wideText(data, opening);
  const bytes = Buffer.from(data, 'base64');
  return isText(bytes) ? bytes.toString('utf8') : undefined;
}

/** What stands in a `data:` address; undefined where that is no text, or this is no such address. */
export function textOfDataUrl(url: string): string | undefined {
  const [head, isBase64] = DATA_URL.exec(url.slice(0, 3_000)) ?? [];
  if (head === undefined) return undefined;
  const data = url.slice(head.length);
  if (isBase64 !== undefined) return attachedText(data);
  try {
    return decodeURIComponent(data);
  } catch {
    return data; // not all of it is encoded as it should be: then as it stands
  }
}

function isText(bytes: Buffer): boolean {
  return !bytes.includes(0) && isUtf8(bytes);
}

/** As Windows writes texts, told by its first two bytes. */
function wideText(data: string, opening: Buffer): string | undefined {
  if (opening[0] !== 0xff || opening[1] !== 0xfe) return undefined;
  return Buffer.from(data, 'base64').toString('utf16le').slice(1);
}

import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import type { Context } from 'hono';
import { errorCode } from '../../usage/writeResult.ts';
import { refuse } from './refusal.ts';

const gunzip = promisify(zlib.gunzip);

/** What a body may take. */
export interface BodyBounds {
  /** As it is sent, in bytes. */
  readonly mostBytes: number;
  /** As it is unpacked, in bytes. */
  readonly mostInflated: number;
}

export interface JsonBounds extends BodyBounds {
  /** How deep lists and objects may stand in each other. */
  readonly mostDepth: number;
}

export type ReadBody = { readonly kind: 'read'; readonly bytes: Buffer } | RefusedBody;
export type ReadJson = { readonly kind: 'read'; readonly value: unknown } | RefusedBody;

/** The answer to give. */
export interface RefusedBody {
  readonly kind: 'refused';
  readonly response: Response;
}

/** Reads a request's body, packed or not, within its bounds. How long it may take is the listener's to say. */
export async function readBody(context: Context, { mostBytes, mostInflated }: BodyBounds): Promise<ReadBody> {
  const encoding = context.req.header('content-encoding')?.trim().toLowerCase() ?? '';
  const isPacked = encoding === 'gzip' || encoding === 'x-gzip';
  if (!isPacked && encoding !== '' && encoding !== 'identity') {
    return refused(415, 'The body is packed in a way that is not read: send it as it is, or with gzip.', {
      'accept-encoding': 'gzip',
    });
  }
  const most = isPacked ? mostBytes : Math.min(mostBytes, mostInflated);
  if (Number(context.req.header('content-length') ?? 0) > most) return tooLarge(most);
  const sent = await collect(context.req.raw.body, most);
  if (sent === undefined) return tooLarge(most);
  if (!isPacked) return { kind: 'read', bytes: sent };
  try {
    return { kind: 'read', bytes: await gunzip(sent, { maxOutputLength: mostInflated }) };
  } catch (error) {
    if (errorCode(error) === 'ERR_BUFFER_TOO_LARGE') return tooLarge(mostInflated);
    return refused(400, 'The packed body cannot be unpacked.');
  }
}

/** The same for JSON. */
export async function readJson(context: Context, bounds: JsonBounds): Promise<ReadJson> {
  const type = context.req.header('content-type');
  if (type !== undefined && !/^application\/(?:[\w.+-]+\+)?json\b/i.test(type)) {
    return refused(415, 'JSON is read here: send content-type: application/json.');
  }
  const body = await readBody(context, bounds);
  if (body.kind === 'refused') return body;
  if (!isUtf8(body.bytes)) return refused(400, 'The body is not UTF-8.');
  let value: unknown;
  try {
    value = JSON.parse(body.bytes.toString('utf8'));
  } catch {
    return refused(400, 'The body is not JSON.');
  }
  if (isDeeper(value, bounds.mostDepth)) {
    return refused(400, `The body stands more than ${bounds.mostDepth} levels deep in itself.`);
  }
  return { kind: 'read', value };
}

async function collect(stream: ReadableStream<Uint8Array> | null, most: number): Promise<Buffer | undefined> {
  if (stream === null) return Buffer.alloc(0);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of stream) {
    size += piece.byteLength;
    if (size > most) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces, size);
}

function isDeeper(value: unknown, most: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; ; depth += 1) {
    const inner: unknown[] = [];
    for (const one of level) {
      if (typeof one !== 'object' || one === null) continue;
      if (depth === most) return true;
      for (const each of Object.values(one)) if (typeof each === 'object' && each !== null) inner.push(each);
    }
    if (inner.length === 0) return false;
    level = inner;
  }
}

function tooLarge(most: number): RefusedBody {
  return refused(413, `The body is larger than the ${Math.max(1, Math.round(most / 1024))} KB that are read.`);
}

/** The rest of a refused body is not waited for: its connection ends with the answer. */
function refused(status: number, sentence: string, headers: Readonly<Record<string, string>> = {}): RefusedBody {
  return { kind: 'refused', response: refuse(status, sentence, { connection: 'close', ...headers }) };
}

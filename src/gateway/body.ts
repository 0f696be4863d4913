import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import type { JsonBody } from '../chat/json-body.ts';
import type { ParsedBody, RepeatedBodies } from '../chat/repeated-body.ts';
import type { GatewayLimits } from './limits.ts';
import { GatewayRefusal } from './refusal.ts';

/**
 * Reads a request's body within its bounds: so many bytes as sent and as unpacked, so much time, so deep.
 *
 * @param bodies those that were read before
 * @param proceed called when nothing that the headers say is against it: a client may wait for that word
 * @throws {GatewayRefusal}
 */
export async function readJson(
  request: IncomingMessage,
  limits: GatewayLimits,
  bodies: RepeatedBodies,
  proceed: () => void,
): Promise<JsonBody> {
  const { headers } = request;
  if (Number(headers['content-length'] ?? 0) > limits.bodyBytes) throw tooLarge(limits);
  const type = headers['content-type'];
  if (type !== undefined && !/^application\/(?:[\w.+-]+\+)?json\b/i.test(type)) {
    throw new GatewayRefusal(415, 'bad-request', 'The gateway reads JSON: send content-type: application/json.');
  }
  const unpack = unpackerOf(headers['content-encoding']);
  proceed();
  const bytes = await collect(request, unpack, limits);
  if (!isUtf8(bytes)) throw new GatewayRefusal(400, 'bad-request', 'The body is not UTF-8.');
  return parseWithin(bytes, limits.depth, bodies);
}

function unpackerOf(encoding: string | undefined): (() => Transform) | undefined {
  switch (encoding?.trim().toLowerCase()) {
    case undefined:
    case '':
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return () => zlib.createGunzip();
    case 'deflate':
      return () => zlib.createInflate();
    case 'br':
      return () => zlib.createBrotliDecompress();
    case 'zstd':
      // Since Node 22.15.
      if (typeof zlib.createZstdDecompress === 'function') return () => zlib.createZstdDecompress();
      break;
    default:
      break;
  }
  throw new GatewayRefusal(415, 'bad-request', 'The body is packed in a way that the gateway does not read.', {
    'accept-encoding': 'gzip, deflate, br, zstd',
  });
}

/** All that comes, unpacked on the way: what unpacks to too much is given up before it does. */
function collect(
  request: IncomingMessage,
  unpack: (() => Transform) | undefined,
  limits: GatewayLimits,
): Promise<Buffer> {
  const unpacker = unpack?.();
  const source = unpacker ?? request;
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    let sent = 0;
    const timer = setTimeout(
      () => settle(new GatewayRefusal(408, 'timeout', 'The body did not arrive in time.')),
      limits.bodyMs,
    );
    const settle = (failure?: Error): void => {
      clearTimeout(timer);
      request.off('data', feed).off('end', finish).off('close', gone).off('error', settle);
      source.off('data', take).off('end', done).off('error', broken);
      // Whatever still comes is of no interest, and its failure neither.
      source.on('error', ignore);
      unpacker?.destroy();
      if (failure) reject(failure);
      else resolve(pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces, size));
    };
    const take = (piece: Buffer): void => {
      size += piece.length;
      if (size > limits.bodyBytes) settle(tooLarge(limits));
      else pieces.push(piece);
    };
    const done = (): void => settle();
    const broken = (): void => settle(new GatewayRefusal(400, 'bad-request', 'The packed body cannot be unpacked.'));
    const gone = (): void => {
      if (!request.complete) settle(new GatewayRefusal(400, 'cancelled', 'The client went away.'));
    };
    const feed = (piece: Buffer): void => {
      sent += piece.length;
      if (sent > limits.bodyBytes) settle(tooLarge(limits));
      else if (unpacker?.write(piece) === false) {
        request.pause();
        unpacker.once('drain', () => request.resume());
      }
    };
    const finish = (): void => {
      unpacker?.end();
    };
    source.on('data', take).on('end', done).on('error', broken);
    if (unpacker) request.on('data', feed).on('end', finish);
    request.on('close', gone).on('error', settle);
  });
}

function ignore(): void {
  // A stream that was given up may still say why it would have failed.
}

function tooLarge({ bodyBytes }: GatewayLimits): GatewayRefusal {
  const megabytes = Math.round(bodyBytes / 1024 / 1024);
  return new GatewayRefusal(413, 'context-too-long', `The body is larger than the ${megabytes} MB that are read.`);
}

function parseWithin(bytes: Buffer, most: number, bodies: RepeatedBodies): JsonBody {
  const { body, fresh } = parsed(bytes, bodies);
  // What was read before was looked at then.
  if (fresh.some((one) => isDeeper(one.value, most - one.depth))) {
    throw new GatewayRefusal(400, 'bad-request', `The body stands more than ${most} levels deep in itself.`);
  }
  return body;
}

function parsed(bytes: Buffer, bodies: RepeatedBodies): ParsedBody {
  try {
    return bodies.parse(bytes);
  } catch (error) {
    // The parser quotes the text; where it stopped is told, not what stands there.
    const position = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    const where = position === undefined ? '' : ` at position ${position}`;
    throw new GatewayRefusal(400, 'bad-request', `The body is not JSON${where}.`);
  }
}

/** Without recursion: it is there to keep others from running out of stack. */
function isDeeper(value: unknown, depth: number): boolean {
  let level: object[] = typeof value === 'object' && value !== null ? [value] : [];
  for (let left = depth; level.length > 0; left--) {
    if (left === 0) return true;
    const next: object[] = [];
    for (const holder of level) {
      for (const inner of Array.isArray(holder) ? holder : Object.values(holder)) {
        if (typeof inner === 'object' && inner !== null) next.push(inner);
      }
    }
    level = next;
  }
  return false;
}

// The provider of the gateway's benchmarks, in a process of its own: says the same to everybody, each frame by itself, and
// reads of a request no more than whether a stream is wanted. Prints its port.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type BenchDialect, framesOf, PATHS, wholeOf } from './gatewayWire.ts';

interface Prepared {
  readonly frames: readonly Buffer[];
  readonly whole: Buffer;
}

const prepared = new Map<string, Prepared>(
  (Object.keys(PATHS) as BenchDialect[]).map((dialect) => [
    PATHS[dialect],
    { frames: framesOf(dialect).map((frame) => Buffer.from(frame)), whole: Buffer.from(wholeOf(dialect)) },
  ]),
);

function stream(response: ServerResponse, frames: readonly Buffer[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  let at = 0;
  const next = (): void => {
    const frame = frames[at++];
    if (frame === undefined) response.end();
    else {
      response.write(frame);
      setImmediate(next);
    }
  };
  next();
}

const server = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    const answer = prepared.get((request.url ?? '').split('?', 1)[0] ?? '');
    if (answer === undefined) response.writeHead(404).end();
    else if (Buffer.concat(pieces).includes('"stream":true')) stream(response, answer.frames);
    else {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.whole.length });
      response.end(answer.whole);
    }
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));

// The least that a router in Node can be, to compare the gateway with: it parses the request, writes another model into it,
// passes it on over connections that are kept, and reads the usage of the answer as it passes. No policy, no books.
//   node gatewayPlain.ts UPSTREAM_PORT MODEL      prints its own port
import { Agent, request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const [port = '', model = ''] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
let tokens = 0;

function read(frame: string): void {
  const at = frame.indexOf('data: ');
  if (at < 0 || !frame.includes('"usage"')) return;
  const { usage, message } = JSON.parse(frame.slice(at + 'data: '.length)) as Usages;
  tokens += (usage ?? message?.usage)?.output_tokens ?? 0;
}

interface Usages {
  readonly usage?: { readonly output_tokens?: number };
  readonly message?: Usages;
}

function pass(answer: IncomingMessage, response: ServerResponse): void {
  const streams = answer.headers['content-type']?.includes('event-stream') === true;
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  const decoder = new TextDecoder();
  let rest = '';
  answer.on('data', (piece: Buffer) => {
    response.write(piece);
    rest += decoder.decode(piece, { stream: true });
    if (!streams) return;
    const frames = rest.split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) read(frame);
  });
  answer.on('end', () => {
    if (!streams) read(`data: ${rest}`);
    response.end();
  });
}

const server = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    const body = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.concat(pieces).toString('utf8')), model }));
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const onward = ask({ host: '127.0.0.1', port, path: request.url, method: 'POST', headers, agent }, (answer) =>
      pass(answer, response),
    );
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    onward.end(body);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
process.on('SIGUSR2', () => console.log(tokens));

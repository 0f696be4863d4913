// The client of the gateway's benchmarks: connections that are kept, answers that are read to their end.
import { Agent, type IncomingMessage, request } from 'node:http';

const DEADLINE_MS = 20_000;

export interface Asked {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly agent: Agent;
}

export interface Took {
  /** Milliseconds to the first byte of the answer's body, and to its end. */
  readonly first: number;
  readonly ended: number;
}

export function connections(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 64 });
}

/** @throws when the answer is not a whole 200 */
export function askOnce({ port, path, headers, body, agent }: Asked): Promise<Took> {
  const bytes = Buffer.from(body);
  return new Promise((settle, fail) => {
    const started = performance.now();
    const sent = { 'content-type': 'application/json', 'content-length': bytes.length, ...headers };
    const asking = request({ host: '127.0.0.1', port, path, method: 'POST', headers: sent, agent }, (answer) => {
      read(answer).then((first) => settle({ first: first - started, ended: performance.now() - started }), fail);
    });
    asking.setTimeout(DEADLINE_MS, () => asking.destroy(new Error(`No answer within ${DEADLINE_MS} ms.`)));
    asking.on('error', fail);
    asking.end(bytes);
  });
}

function read(answer: IncomingMessage): Promise<number> {
  return new Promise((settle, fail) => {
    let first: number | undefined;
    let said = '';
    answer.on('data', (piece: Buffer) => {
      first ??= performance.now();
      if (answer.statusCode !== 200 && said.length < 1_000) said += piece.toString('utf8');
    });
    answer.on('error', fail);
    answer.on('end', () => {
      if (answer.statusCode === 200 && first !== undefined) settle(first);
      else fail(new Error(`Answered ${answer.statusCode}: ${said}`));
    });
  });
}

/** Asks so many times with so many under way at once; requests a second. */
export async function askMany(times: number, atOnce: number, ask: () => Promise<unknown>): Promise<number> {
  let left = times;
  const started = performance.now();
  const worker = async (): Promise<void> => {
    while (left-- > 0) await ask();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return (times / (performance.now() - started)) * 1000;
}

import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNetwork, type Network } from '../providers/network.ts';
import { besideTheWay } from './besideTheWay.ts';

/** Answers beside this thread, and says in what both share how many requests have come. */
const PROVIDER = `
  const { createServer } = require('node:http');
  const { parentPort, workerData } = require('node:worker_threads');
  const server = createServer((request, response) => {
    Atomics.add(workerData, 0, 1);
    Atomics.notify(workerData, 0);
    request.resume().on('end', () => response.end('{}'));
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

const logged: string[] = [];
const context = { log: (_level: string, message: string): number => logged.push(message) };
const turn = (): Promise<void> => new Promise((settle) => setImmediate(settle));

beforeEach(() => {
  logged.length = 0;
});

describe('with a provider', () => {
  const requests = new Int32Array(new SharedArrayBuffer(4));
  let provider: Worker;
  let url: URL;
  let network: Network;

  beforeEach(async () => {
    Atomics.store(requests, 0, 0);
    provider = new Worker(PROVIDER, { eval: true, workerData: requests });
    const port = await new Promise<number>((settle) => provider.once('message', settle));
    url = new URL(`http://127.0.0.1:${port}/`);
    network = createNetwork({}, {});
  });
  afterEach(async () => {
    await network.dispose();
    await provider.terminate();
  });

  async function ask(): Promise<void> {
    const answer = await network.send({
      url,
      headers: {},
      body: Buffer.from('{}'),
      signal: new AbortController().signal,
    });
    while ((await answer.read()) !== undefined);
  }

  it('the request has come to it on a kept connection while the work is still being done', async () => {
    await ask();
    await turn();
    let came: string | undefined;
    besideTheWay(context, () => {
      // This thread does nothing else meanwhile: what is not sent yet is not sent.
      came = Atomics.wait(requests, 0, 1, 20_000);
    });
    await ask();
    // The answer may be there before the work's turn is.
    await turn();
    await turn();
    expect(came).not.toBe('timed-out');
    expect(came).toBeDefined();
  });
});

it('the work is done by itself, once', async () => {
  let times = 0;
  const now = besideTheWay(context, () => times++);
  await turn();
  expect(times).toBe(0);
  await turn();
  expect(times).toBe(1);
  now();
  expect(times).toBe(1);
});

it.each([0, 1])('whoever needs it after %i turns has it done there and then, and not again', async (turns) => {
  let times = 0;
  const now = besideTheWay(context, () => times++);
  for (let n = 0; n < turns; n++) await turn();
  now();
  expect(times).toBe(1);
  await turn();
  await turn();
  expect(times).toBe(1);
});

it('work that fails is logged, and fails nothing else', () => {
  besideTheWay(context, () => {
    throw new Error('Not today.');
  })();
  expect(logged.join()).toContain('Not today.');
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { hashOf, newSecret } from '../../src/team/access/secret.ts';
import { teamApp } from '../../src/team/http/app.ts';
import { type Listening, listen } from '../../src/team/http/listen.ts';
import { partsOf } from '../../src/team/parts.ts';
import type { TeamServices } from '../../src/team/services.ts';
import { openDatabase } from '../../src/team/store/database.ts';

/** Nothing listens there. */
const { database, pool, close } = openDatabase({ kind: 'url', url: 'postgres://nobody@127.0.0.1:9/nothing' });
const ended = new AbortController();
const logged: string[] = [];
let listening: Listening;
let url = '';

beforeAll(async () => {
  const services: TeamServices = {
    database,
    pool,
    now: () => Date.now(),
    log: (_, message) => logged.push(message),
    signal: ended.signal,
  };
  listening = await listen({ host: '127.0.0.1', port: 0 }, (port) => {
    url = `http://127.0.0.1:${port}`;
    return teamApp(services, { origins: [url], isSecure: false }, partsOf(services));
  });
});
afterAll(async () => {
  ended.abort();
  await listening.close();
  await close();
});

const secret = newSecret();
const bearer = { authorization: `Bearer rpt_${secret}` };

it.each([
  ['a page', '/', { headers: { cookie: `routing-policy-team=${secret}` } }],
  ['a policy', '/v1/policies/base', {}],
  ['usage', '/v1/ingest', { method: 'POST', headers: bearer, body: '{}' }],
  ['a lease', '/v1/leases', { method: 'POST', headers: bearer, body: '{}' }],
  ['figures for a scraper', '/metrics', { headers: bearer }],
])('while the database is away, whoever asks for %s is told when to come again', async (_, path, init) => {
  const answer = await fetch(url + path, init);
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  expect(logged.join('\n')).not.toMatch(new RegExp(`${secret}|${hashOf(secret).toString('hex')}|nobody`));
});

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type RequestOptions, request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Hono } from 'hono';
import { afterAll, describe, expect, test } from 'vitest';
import { createAdminLink } from '../../src/team/access/adminLinks.ts';
import { readBody, readJson, requireMachine } from '../../src/team/access/guards.ts';
import { ownPath } from '../../src/team/access/ownPath.ts';
import { teamApp } from '../../src/team/http/app.ts';
import { listen } from '../../src/team/http/listen.ts';
import { siteOf } from '../../src/team/http/site.ts';
import { partsOf } from '../../src/team/parts.ts';
import type { Site, TeamEnv, TeamServices } from '../../src/team/services.ts';
import { OwnClock } from '../host/ownClock.ts';
import { startTeamStage, type TeamStage } from '../host/teamStage.ts';

const KB = 1024;
const JSON_BOUNDS = { mostBytes: 64 * KB, mostInflated: 256 * KB, mostDepth: 16 };

/** Doors that read a body, and one that fails with what a database may say. */
const probes = (services: TeamServices): Hono<TeamEnv> => {
  const app = new Hono<TeamEnv>();
  app.post('/probe/json', async (context) => {
    const read = await readJson(context, JSON_BOUNDS);
    return read.kind === 'refused' ? read.response : context.json({ read: true });
  });
  app.post('/probe/bytes', async (context) => {
    const read = await readBody(context, JSON_BOUNDS);
    return read.kind === 'refused' ? read.response : context.json({ bytes: read.bytes.length });
  });
  app.get('/probe/fails/:what', async (context) => {
    await services.pool.query(`SELECT '${context.req.param('what').replaceAll("'", '')}'::int`);
    return context.text('never');
  });
  app.post('/probe/token', requireMachine(services, 'ingest'), (context) => context.text('in'));
  return app;
};

const stage = await startTeamStage({
  parts: (services) => [...partsOf(services), probes(services)],
  limits: { headersMs: 700, requestMs: 5_000, connections: 40 },
});

afterAll(() => stage?.stop());

const here = (): TeamStage => {
  if (stage === undefined) throw new Error('there is no database');
  return stage;
};
const send = (path: string, body: BodyInit, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(`${here().url}${path}`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
const gzip = { 'content-encoding': 'gzip' };

describe.skipIf(stage === undefined)('a body', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  const bomb = gzipSync(Buffer.alloc(50 * KB * KB));
  const cases: readonly (readonly [
    what: string,
    body: () => BodyInit,
    headers: Record<string, string>,
    status: number,
  ])[] = [
    ['that is fine', () => '{"a":[1]}', {}, 200],
    ['that is fine, packed', () => gzipSync('{"a":[1]}'), gzip, 200],
    ['as deep as may be', () => nested(16), {}, 200],
    ['one level too deep', () => nested(17), {}, 400],
    ['so deep that it is all depth', () => nested(30_000), {}, 400],
    ['deep in objects', () => `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`, {}, 400],
    ['too large', () => `"${'x'.repeat(64 * KB)}"`, {}, 413],
    [
      'too large, packed',
      () => gzipSync(Buffer.from(Array.from({ length: 100 * KB }, () => Math.floor(Math.random() * 256)))),
      gzip,
      413,
    ],
    ['that unpacks to too much', () => gzipSync(`"${'x'.repeat(256 * KB)}"`), gzip, 413],
    ['that unpacks to a thousand times as much', () => bomb, gzip, 413],
    ['that is packed and is not', () => '{"a":1}', gzip, 400],
    ['that is cut off', () => gzipSync('{"a":1}').subarray(0, 12), gzip, 400],
    ['that is packed in another way', () => '{}', { 'content-encoding': 'br' }, 415],
    ['that is packed twice', () => gzipSync(gzipSync('{}')), { 'content-encoding': 'gzip, gzip' }, 415],
    ['that is no JSON', () => '{', {}, 400],
    ['that is no UTF-8', () => Buffer.from([0x22, 0xff, 0x22]), {}, 400],
    ['of another type', () => '{}', { 'content-type': 'text/plain' }, 415],
  ];
  test.each(cases)('%s', async (_, body, headers, status) => {
    const answer = await send('/probe/json', body(), headers);
    expect([answer.status, await answer.text()]).toEqual([status, expect.any(String)]);
  });

  test('that does not say how long it is, and does not end, is given up', async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull: (controller) => {
        sent += 16 * KB;
        controller.enqueue(new Uint8Array(16 * KB));
      },
    });
    const options = { method: 'POST', body: endless, duplex: 'half' } as RequestInit;
    const status = await fetch(`${here().url}/probe/bytes`, options).then(
      (answer) => answer.status,
      () => 'cut', // the answer may be lost with its connection
    );
    expect([413, 'cut']).toContain(status);
    expect(sent).toBeLessThan(16 * KB * KB);
  });

  test('a bomb costs no memory to speak of', async () => {
    const before = process.memoryUsage().rss;
    for (let times = 0; times < 20; times += 1) {
      expect((await send('/probe/json', bomb, gzip)).status).toBe(413);
    }
    expect((process.memoryUsage().rss - before) / KB / KB).toBeLessThan(200);
  });

  test('with the names that objects have of themselves changes nothing', async () => {
    const answer = await send('/probe/json', '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
    expect(answer.status).toBe(200);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe.skipIf(stage === undefined)('a connection', () => {
  /** Writes a piece now and then, and says how it ended and after how much of this process’s time: the server is in it. */
  const drip = (first: string, piece: string): Promise<{ readonly text: string; readonly ms: number }> =>
    new Promise((settle) => {
      const clock = new OwnClock();
      const { port } = new URL(here().url);
      const socket = connect(Number(port), '127.0.0.1');
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      socket.on('error', () => undefined); // cut is what it is to be
      socket.write(first);
      const timer = setInterval(() => socket.write(piece), 100);
      socket.on('close', () => {
        clearInterval(timer);
        clock.stop();
        settle({ text, ms: clock.had });
      });
    });

  test.each([
    ['whose headers do not end', 'GET /healthz HTTP/1.1\r\nhost: x\r\n', 'x-slow: 1\r\n', 4_000],
    [
      'whose body does not end',
      `POST /probe/bytes HTTP/1.1\r\nhost: HOST\r\ncontent-length: 60000\r\n\r\n`,
      'x',
      9_000,
    ],
  ])('%s is ended', async (_, first, piece, most) => {
    const { ms, text } = await drip(first.replace('HOST', new URL(here().url).host), piece);
    expect(ms).toBeLessThan(most);
    expect(text === '' || text.startsWith('HTTP/1.1 408')).toBe(true);
  });

  test('that says nothing at all is ended', async () => {
    const { ms } = await drip('', '');
    expect(ms).toBeLessThan(9_000);
  });

  test('more than so many at once are not taken, and others go on', async () => {
    const { port } = new URL(here().url);
    const sockets = Array.from({ length: 60 }, () => connect(Number(port), '127.0.0.1').on('error', () => undefined));
    const refused = (): number => sockets.filter((socket) => socket.destroyed || socket.readableEnded).length;
    await expect.poll(refused).toBeGreaterThanOrEqual(19);
    for (const socket of sockets) socket.destroy();
    const status = async (): Promise<number> => (await fetch(`${here().url}/healthz`)).status;
    await expect.poll(() => status().catch(() => 0)).toBe(200);
  });

  test('with more in its headers than there is to say is refused', async () => {
    const large = await fetch(`${here().url}/healthz`, { headers: { 'x-much': 'x'.repeat(20 * KB) } });
    expect(large.status).toBe(431);
  });
});

describe.skipIf(stage === undefined)('an address', () => {
  const asked = (host: string, path = '/sign-in'): Promise<string> =>
    new Promise((settle) => {
      const { port } = new URL(here().url);
      const socket = connect(Number(port), '127.0.0.1');
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      socket.on('close', () => settle(text.slice(0, 12)));
      socket.write(`GET ${path} HTTP/1.1\r\n${host}connection: close\r\n\r\n`);
    });

  test.each(['evil.example', 'evil.example:PORT', '127.0.0.1.evil.example:PORT', '127.0.0.1', '0.0.0.0:PORT', ''])(
    'of another name is not served: %j',
    async (name) => {
      const { port } = new URL(here().url);
      expect(await asked(`host: ${name.replace('PORT', port)}\r\n`)).toMatch(/ 4(?:21|00)$/);
    },
  );

  test('of its own is, and none or two are not', async () => {
    const { host } = new URL(here().url);
    expect(await asked(`host: ${host}\r\n`)).toMatch(/ 200$/);
    expect(await asked('')).toMatch(/ 400$/);
    expect(await asked(`host: evil.example\r\nhost: ${host}\r\n`)).toMatch(/ 4(?:00|21)$/);
  });

  test.each([
    [{ host: '127.0.0.1' }, ['http://127.0.0.1:4124', 'http://localhost:4124', 'http://[::1]:4124'], false],
    [{ host: '0.0.0.0', tls: {}, origin: 'https://usage.acme.example' }, ['https://usage.acme.example'], true],
    [
      { host: '127.0.0.1', origin: 'https://usage.acme.example', isBehindProxy: true },
      ['https://usage.acme.example'],
      true,
    ],
    [{ host: '127.0.0.1', tls: {} }, ['https://127.0.0.1:4124', 'https://localhost:4124', 'https://[::1]:4124'], true],
  ] as const)('%j goes by %j', (settings, origins, isSecure) => {
    expect(siteOf(settings, 4124)).toEqual({ origins, isSecure });
  });
});

describe.skipIf(stage === undefined)('an answer', () => {
  test('says to browsers that nothing is kept, framed, sniffed or told, and has no script without a mark', async () => {
    for (const path of ['/sign-in', '/healthz', '/nothing', '/people']) {
      const { headers } = await fetch(`${here().url}${path}`);
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'cross-origin-opener-policy': 'same-origin',
      });
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(headers.get('strict-transport-security')).toBeNull();
      expect(headers.get('server')).toBeNull();
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  test('has a mark of its own', async () => {
    const of = async (): Promise<string> => {
      const answer = await fetch(`${here().url}/sign-in`);
      const [, nonce = ''] =
        /style-src 'nonce-([^']+)'/.exec(answer.headers.get('content-security-policy') ?? '') ?? [];
      expect(await answer.text()).toContain(`<link rel="stylesheet" nonce="${nonce}"`);
      return nonce;
    };
    expect(await of()).not.toBe(await of());
  });

  test('about what is not there is the same as about what is not shown', async () => {
    const of = async (path: string, init?: RequestInit): Promise<string> => {
      const answer = await fetch(`${here().url}${path}`, init);
      return `${answer.status} ${await answer.text()}`;
    };
    expect(await of('/nothing')).toBe(await of('/v1/nothing'));
    expect(await of('/people/1')).toBe(await of('/people/999999'));
    expect(await of('/tokens/x/revoke', { method: 'POST' })).toBe(await of('/tokens/y/revoke', { method: 'POST' }));
  });

  test('when something fails says nothing of what, and neither does the log', async () => {
    const answer = await fetch(`${here().url}/probe/fails/ada@example.com`);
    expect([answer.status, await answer.json()]).toEqual([500, { error: expect.stringMatching(/failed/) }]);
    expect(here().logged.join('\n')).toMatch(/GET \/probe\/fails\/:what failed: .*22P02/);
    expect(here().logged.join('\n')).not.toMatch(/ada|example\.com|127\.0\.0\.1/);
  });
});

describe.skipIf(stage === undefined)('over TLS', () => {
  const secure: Site = { origins: ['https://usage.acme.example'], isSecure: true };

  test('browsers are told to stay with it, and cookies are for it and for this host alone', async () => {
    const { services } = here();
    const app = teamApp(services, secure, partsOf(services));
    const secret = await createAdminLink(services.database, 1, services.now());
    const answer = await app.request(`https://usage.acme.example/enter/${secret}`, {
      method: 'POST',
      headers: { host: 'usage.acme.example', origin: 'https://usage.acme.example' },
    });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('strict-transport-security')).toBe('max-age=31536000');
    expect(answer.headers.get('set-cookie')).toMatch(
      /^__Host-routing-policy-team=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    const plain = await app.request('https://usage.acme.example/people', {
      headers: {
        host: 'usage.acme.example',
        // As a neighbouring host could set it.
        cookie: (answer.headers.get('set-cookie') ?? '').replace('__Host-', '').split(';')[0] ?? '',
      },
    });
    expect(plain.status).toBe(401);
  });

  test.skipIf(spawnSync('openssl', ['version']).status !== 0)('it speaks it, and nothing older', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'team-tls-'));
    try {
      const command =
        'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout key.pem -out cert.pem';
      execFileSync(
        'openssl',
        [...command.split(' '), '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
        {
          cwd: folder,
          stdio: 'pipe',
        },
      );
      const [key, cert] = ['key.pem', 'cert.pem'].map((name) => readFileSync(join(folder, name), 'utf8')) as [
        string,
        string,
      ];
      const { services } = here();
      const listening = await listen({ host: '127.0.0.1', port: 0, tls: { key, cert } }, (port) =>
        teamApp(services, { origins: [`https://localhost:${port}`], isSecure: true }, partsOf(services)),
      );
      const get = (options: RequestOptions): Promise<number | string> =>
        new Promise((settle) => {
          request(
            {
              host: 'localhost',
              port: listening.port,
              path: '/sign-in',
              family: 4,
              ca: cert,
              agent: false,
              ...options,
            },
            (answer) => {
              answer.resume();
              answer.on('end', () => settle(answer.statusCode ?? 0));
            },
          )
            .on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? 'failed'))
            .end();
        });
      expect(await get({})).toBe(200);
      expect(await get({ minVersion: 'TLSv1.3' })).toBe(200);
      expect(await get({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })).toMatch(
        /SSL|TLS|EPROTO|RESET/,
      );
      await listening.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe.skipIf(stage === undefined)('sign-ins', () => {
  test('more than thirty in a minute from one place wait', async () => {
    const statuses: number[] = [];
    for (let times = 0; times < 40; times += 1) {
      const answer = await fetch(`${here().url}/enter/${'A'.repeat(43)}`, {
        method: 'POST',
        headers: { origin: here().url },
      });
      statuses.push(answer.status);
      if (answer.status === 429) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(statuses.slice(0, 30)).toEqual(Array(30).fill(403));
    expect(statuses.slice(30)).toEqual(Array(10).fill(429));
  });
});

test.each([
  [undefined, '/'],
  ['', '/'],
  ['/usage?team=1', '/usage?team=1'],
  ['/a%2F%2Fevil', '/a%2F%2Fevil'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['/..//evil.example', '/'],
  ['/a/..//evil.example', '/'],
  ['/.//evil.example', '/'],
  ['/%2e%2e//evil.example', '/'],
  ['https://evil.example', '/'],
  ['/a b', '/'],
  ['/a\r\nset-cookie: x', '/'],
  ['/ü', '/'],
] as const)('to come back to %j leads to %j', (text, path) => {
  expect(ownPath(text)).toBe(path);
});

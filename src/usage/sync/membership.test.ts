import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { linkOf, MembershipError, membershipFromLink, readMembership, writeMembership } from './membership.ts';

const membership = {
  endpoint: 'https://team.example/usage',
  token: 'token-of-sixteen',
  salt: 'salt-of-sixteen-characters',
  name: 'Équipe A',
};

describe('a team’s link', () => {
  test.each(['vscode', 'vscode-insiders', 'cursor'])('is read as it was made, for %s', (scheme) => {
    expect(membershipFromLink(` ${linkOf(membership, scheme)}\n`)).toEqual(membership);
  });

  test('is read after an editor has decoded it', () => {
    expect(membershipFromLink(decodeURIComponent(linkOf(membership).replaceAll('+', ' ')))).toEqual(membership);
  });

  test.each([
    ['http://127.0.0.1:4100', 'http://127.0.0.1:4100'],
    ['http://localhost:4100/', 'http://localhost:4100'],
    ['https://team.example///', 'https://team.example'],
  ])('may lead to %s', (endpoint, read) => {
    expect(membershipFromLink(linkOf({ ...membership, endpoint })).endpoint).toBe(read);
  });

  const wrong: readonly (readonly [string, string])[] = [
    ['no link', 'join us'],
    ['another link', 'vscode://routing-policy.routing-policy/other?endpoint=x'],
    ['plain http', linkOf({ ...membership, endpoint: 'http://team.example' })],
    ['a name that looks like loopback', linkOf({ ...membership, endpoint: 'http://127.0.0.1.example.com' })],
    ['a user in the address', linkOf({ ...membership, endpoint: 'https://user:secret@team.example' })],
    ['a query in the address', linkOf({ ...membership, endpoint: 'https://team.example?x=1' })],
    ['another scheme', linkOf({ ...membership, endpoint: 'file:///etc/passwd' })],
    ['a short token', linkOf({ ...membership, token: 'short' })],
    ['a token with a line break', linkOf({ ...membership, token: 'token-of-sixteen\r\nx-header: 1' })],
    ['no salt', linkOf({ ...membership, salt: '' })],
    ['a name that is markup', linkOf({ ...membership, name: '<b>Team</b>' })],
    ['too much', linkOf({ ...membership, salt: 'x'.repeat(5_000) })],
  ];
  test.each(wrong)('with %s is refused, without telling its secrets', (_what, link) => {
    expect(() => membershipFromLink(link)).toThrow(MembershipError);
    try {
      membershipFromLink(link);
    } catch (error) {
      expect(String(error)).not.toMatch(/token-of-sixteen|salt-of-sixteen|secret/);
    }
  });
});

describe('a team’s file', () => {
  const root = mkdtempSync(join(tmpdir(), 'membership-'));
  const state = join(root, 'state');
  const managed = join(root, 'managed');
  for (const folder of [state, managed]) mkdirSync(folder);
  afterEach(() => {
    for (const folder of [state, managed]) rmSync(join(folder, 'team.json'), { force: true });
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test('of an administrator counts before one that was joined', () => {
    expect(readMembership(state, [managed])).toEqual({ kind: 'none' });
    writeMembership(state, membership);
    expect(readMembership(state, [managed])).toEqual({ kind: 'joined', managed: false, membership });
    const theirs = { ...membership, endpoint: 'https://other.example' };
    writeFileSync(join(managed, 'team.json'), JSON.stringify(theirs));
    expect(readMembership(state, [managed])).toEqual({ kind: 'joined', managed: true, membership: theirs });
  });

  test.each([
    '{',
    '[]',
    '{"endpoint":"http://team.example","token":"token-of-sixteen","salt":"salt-of-sixteen-characters"}',
  ])('that cannot be used is said to be so, and no other stands in for it: %s', (text) => {
    writeMembership(state, membership);
    writeFileSync(join(managed, 'team.json'), text);
    const read = readMembership(state, [managed]);
    expect(read.kind).toBe('unusable');
    expect(JSON.stringify(read)).not.toMatch(/token-of-sixteen|salt-of-sixteen/);
  });
});

import { describe, expect, it } from 'vitest';
import { parseCodeowners, readCodeowners } from './codeowners.ts';
import { scratch } from './scratch.fixture.ts';

const ownersOf = parseCodeowners(
  [
    '# comment',
    '*            @all',
    '*.js         @web @Ann   # inline',
    '/build/out/  @ops',
    'docs/*       docs@example.com',
    'apps/        @apps',
    '/scripts     @tools',
    '**/logs      @logs',
    '/apps/free',
    'with\\ space/ @space',
    '[Section][2] @section',
    '/services/b* @services',
    '{a,b}{c,d}{e,f}{g,h}{i,j}{k,l}{m,n}{o,p}{q,r}{s,t} @bomb',
  ].join('\r\n'),
);

describe('owners', () => {
  it.each([
    ['a.go', '@all'],
    ['x/y.js', '@Ann @web'],
    ['build/out/a/b', '@ops'],
    ['x/build/out/a', '@all'],
    ['build/logs/a/b', '@logs'],
    ['docs/a.md', 'docs@example.com'],
    ['docs/deep/a.md', '@all'],
    ['x/apps/y/z.js', '@apps'],
    ['scripts', '@tools'],
    ['scripts/x/y.js', '@tools'],
    ['deep/logs/x', '@logs'],
    ['apps/free/x', undefined],
    ['with space/x', '@space'],
    ['services/billing', '@services'],
    ['services/billing/a.go', '@all'],
  ])('of %s are %s', (path, owners) => {
    expect(ownersOf(path)).toBe(owners);
  });

  it('come from the first file where GitHub looks', async () => {
    const { root, write } = scratch('folder');
    expect(await readCodeowners(root)).toBeUndefined();
    write('docs/CODEOWNERS', '* @docs\n');
    write('CODEOWNERS', '* @root\n');
    expect((await readCodeowners(root))?.('a')).toBe('@root');
    write('.github/CODEOWNERS', '* @github\n');
    expect((await readCodeowners(root))?.('a')).toBe('@github');
  });
});

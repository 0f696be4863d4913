import { describe, expect, test } from 'vitest';
import { plainPath, withPlainPaths } from './requestPaths.ts';

describe('a path of a request', () => {
  test.each([
    ['src/a.ts', 'src/a.ts'],
    ['./.env', '.env'],
    ['sub/../.env', '.env'],
    ['a/b/../../.env', '.env'],
    ['src//../.env', '.env'],
    ['.env/', '.env'],
    ['x\\.env', 'x/.env'],
    ['.\\x\\..\\.env', '.env'],
    ['C:\\r\\.env', 'r/.env'],
    ['c:/r/../.env', '.env'],
    ['C:.env', '.env'],
    ['\\\\host\\share\\.env', 'host/share/.env'],
    ['/home/sam/.env', 'home/sam/.env'],
    ['/../.env', '.env'],
    ['../.env', '.env'],
    ['a/../../x/../.env', '.env'],
    ['../../other/.env', 'other/.env'],
    ['...', '...'],
  ])('%s is %s', (written, plain) => {
    expect(plainPath(written)).toBe(plain);
  });

  test.each(['.', './', '/', 'C:\\', 'a/..', 'a/b/..', '..', '../..'])(
    '%s is refused, because it names no file',
    (written) => {
      expect(() => plainPath(written)).toThrow(/names a folder/);
    },
  );

  test('stands in files, sized files and reads, and all else stays', () => {
    const request = { kind: 'edit' as const, files: ['./a', { path: 'x\\b', added: 3 }], reads: ['c//d'] };
    expect(withPlainPaths(request)).toEqual({ kind: 'edit', files: ['a', { path: 'x/b', added: 3 }], reads: ['c/d'] });
    expect(withPlainPaths({ kind: 'chat' })).toEqual({ kind: 'chat' });
  });
});

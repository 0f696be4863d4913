import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { machineKey, repoKey } from './repoKey.ts';
import { openStateFolder, stateFolderPath } from './stateFolder.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'state-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

describe('the state folder is', () => {
  it.each([
    ['linux', {}, '/home/ada/.local/state/routing-policy'],
    ['linux', { XDG_STATE_HOME: '/var/state' }, '/var/state/routing-policy'],
    ['linux', { XDG_STATE_HOME: 'relative' }, '/home/ada/.local/state/routing-policy'],
    ['linux', { XDG_STATE_HOME: '' }, '/home/ada/.local/state/routing-policy'],
    ['darwin', { XDG_STATE_HOME: '/ignored' }, '/home/ada/Library/Application Support/routing-policy'],
    ['linux', { ROUTING_POLICY_STATE_DIR: '/tmp/x' }, '/tmp/x'],
    ['linux', { ROUTING_POLICY_STATE_DIR: 'x' }, '/home/ada/.local/state/routing-policy'],
  ] as const)('on %s with %j: %s', (platform, env, expected) => {
    expect(stateFolderPath({ platform, env, home: '/home/ada' })).toBe(expected);
  });

  it.each([
    [{ LOCALAPPDATA: 'D:\\Local' }, 'D:\\Local\\routing-policy'],
    [{}, 'C:\\Users\\ada\\AppData\\Local\\routing-policy'],
  ])('on Windows with %j: %s', (env, expected) => {
    expect(stateFolderPath({ platform: 'win32', env, home: 'C:\\Users\\ada' })).toBe(expected);
  });
});

describe.skipIf(process.platform === 'win32')('opening it', () => {
  const modeOf = (path: string): number => statSync(path).mode & 0o777;

  it('creates it, closed to others', () => {
    const folder = openStateFolder({ env: { ROUTING_POLICY_STATE_DIR: join(parent, 'a', 'b') } });
    expect(folder).toBe(join(parent, 'a', 'b'));
    expect(modeOf(folder)).toBe(0o700);
  });

  it('closes one that was open', () => {
    const folder = join(parent, 'open');
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    openStateFolder({ env: { ROUTING_POLICY_STATE_DIR: folder } });
    expect(modeOf(folder)).toBe(0o700);
  });

  it('throws when a file has its name', () => {
    writeFileSync(join(parent, 'file'), '');
    expect(() => openStateFolder({ env: { ROUTING_POLICY_STATE_DIR: join(parent, 'file') } })).toThrow(
      /EEXIST|ENOTDIR/,
    );
  });
});

describe('the key of a repository', () => {
  it('is the same for the same root on this machine, and says nothing of the path', () => {
    const key = machineKey(parent);
    expect(repoKey(machineKey(parent), '/home/ada/secret-project')).toBe(repoKey(key, '/home/ada/secret-project'));
    expect(repoKey(key, '/home/ada/secret-project')).toMatch(/^[0-9a-f]{24}$/);
    expect(repoKey(key, '/home/ada/other')).not.toBe(repoKey(key, '/home/ada/secret-project'));
  });

  it('is another on another machine', () => {
    mkdirSync(join(parent, 'other'));
    expect(repoKey(machineKey(join(parent, 'other')), '/r')).not.toBe(repoKey(machineKey(parent), '/r'));
  });

  it('comes from a file that only its owner reads, without drafts left behind', () => {
    machineKey(parent);
    expect(readdirSync(parent)).toEqual(['machine-key']);
    if (process.platform !== 'win32') expect(statSync(join(parent, 'machine-key')).mode & 0o777).toBe(0o600);
  });

  it('is refused when the file holds something else', () => {
    writeFileSync(join(parent, 'machine-key'), 'not a key');
    expect(() => machineKey(parent)).toThrow(/does not hold a key; delete it/);
  });
});

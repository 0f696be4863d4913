import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { argumentVariables, commandFolder, writeCommands } from './clientCommands.ts';

const access = { url: 'http://127.0.0.1:4123/in/L2hvbWU', token: 'f'.repeat(64), folder: '/state/clients' };
const machine = { env: {}, home: '/nowhere', read: () => undefined };

describe.skipIf(process.platform === 'win32')('a command that stands before a client’s own', () => {
  let folder: string;
  let theirs: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'routing-policy-commands '));
    theirs = join(folder, 'their own');
    mkdirSync(theirs);
    writeFileSync(join(theirs, 'codex'), '#!/bin/sh\nprintf "%s\\n" "$@"\nexit 7\n');
    chmodSync(join(theirs, 'codex'), 0o755);
    await writeCommands(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** What codex was given, an argument a line, and how it ended. */
  const codex = (args: readonly string[], env: Readonly<Record<string, string>>, folders = [theirs]) => {
    const PATH = [commandFolder(folder), ...folders, '/usr/bin', '/bin'].join(delimiter);
    try {
      return { code: 0, said: execFileSync('codex', args, { env: { PATH, ...env }, stdio: 'pipe' }).toString() };
    } catch (error) {
      const { status, stdout } = error as { readonly status: number; readonly stdout: Buffer };
      return { code: status, said: stdout.toString() };
    }
  };

  it('starts the client with the arguments of the terminal, its own as they were, and ends as it ends', () => {
    const variables = argumentVariables(access, machine);
    const { code, said } = codex(['exec', 'a  b * $HOME'], variables);
    expect(code).toBe(7);
    expect(said.split('\n').slice(0, 2)).toEqual(['-c', 'model_provider="routing-policy"']);
    expect(said.endsWith('exec\na  b * $HOME\n')).toBe(true);
    expect(said).toContain(`base_url="${access.url}/v1"`);
  });

  it('starts it as it is where the terminal is not routed', () => {
    expect(codex(['--version'], {})).toEqual({ code: 7, said: '--version\n' });
  });

  it('says that there is no such command where none comes after it', () => {
    expect(codex(['--version'], {}, [])).toEqual({ code: 127, said: '' });
  });

  it('has the token in no argument, which other users can see', () => {
    expect(JSON.stringify(argumentVariables(access, machine))).not.toContain(access.token);
  });
});

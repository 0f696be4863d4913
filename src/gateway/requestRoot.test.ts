import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Conversation } from '../chat/conversation.ts';
import { asNobody } from '../workspace/nobody.fixture.ts';
import { type RootGround, rootsOf } from './requestRoot.ts';

let top: string;
const at = (...path: readonly string[]): string => join(top, ...path);
const uri = (...path: readonly string[]): string => pathToFileURL(at(...path)).href;

beforeAll(async () => {
  top = await realpath(await mkdtemp(join(tmpdir(), 'routing-policy-roots-')));
  for (const folder of ['shop/packages/core', 'bank', 'outside', 'policed', 'shop-evil', 'Grüße'])
    await mkdir(at(folder), { recursive: true });
  await symlink(at('outside'), at('shop', 'way-out'));
  await symlink(at('shop'), at('way-in'));
});
afterAll(() => rm(top, { recursive: true, force: true }));

const stating = (folder: string | undefined): Conversation => ({
  system: folder === undefined ? [] : [{ text: `Working directory: ${folder}` }],
  messages: [],
  tools: [],
});
/** Each folder below the top is a repository of its own; those named here have a policy. */
const knowing = (names: readonly string[], governed: readonly string[] = ['shop', 'bank']): RootGround => {
  const open = names.map((one) => at(one));
  return { roots: async () => open, governance: governing(governed) };
};
const governing =
  (governed: readonly string[]): RootGround['governance'] =>
  async (asked) => {
    const name = relative(top, fileURLToPath(asked)).replace(/\/packages.*/, '');
    return { repository: at(name), isGoverned: governed.includes(name) };
  };
const roots = (open: readonly string[], stated?: string, header?: string): Promise<readonly string[]> =>
  rootsOf({ header }, stating(stated), knowing(open));

describe('the folders of a request', () => {
  it('the header, before what the client states', async () => {
    expect(await roots(['shop', 'bank'], at('shop'), at('bank'))).toEqual([uri('bank'), uri('shop')]);
  });

  it('the header as a URI', async () => {
    expect(await roots(['shop', 'bank'], undefined, uri('bank'))).toEqual([uri('bank'), uri('shop')]);
  });

  it('the header in UTF-8, as a client sends its bytes', async () => {
    const header = Buffer.from(at('Grüße')).toString('latin1');
    expect(await roots(['Grüße'], undefined, header)).toEqual([pathToFileURL(at('Grüße')).href]);
  });

  it('what the client states, with the others after it', async () => {
    expect(await roots(['shop', 'bank'], at('bank'))).toEqual([uri('bank'), uri('shop')]);
  });

  it('a folder in one that is open', async () => {
    expect(await roots(['shop'], at('shop/packages/core'))).toEqual([uri('shop/packages/core'), uri('shop')]);
  });

  it('by a link, where it leads', async () => {
    expect(await roots(['shop'], at('way-in'))).toEqual([uri('shop')]);
    expect(await roots(['way-in'], at('shop'))).toEqual([uri('shop'), uri('way-in')]);
  });

  it('without a word, the only one that is open', async () => {
    expect(await roots(['shop'])).toEqual([uri('shop')]);
  });

  it('without a word, none of several where nothing is in force in any', async () => {
    expect(await rootsOf({ header: undefined }, stating(undefined), knowing(['shop', 'bank'], []))).toEqual([]);
    expect(await roots([])).toEqual([]);
  });

  it('without a word and with several open, none while one of them has a policy', async () => {
    await expect(
      rootsOf({ header: undefined }, stating(undefined), knowing(['outside', 'shop', 'bank'], ['bank'])),
    ).rejects.toMatchObject({
      status: 'policy',
      message: expect.stringMatching(/^3 folders are open .*nothing was sent.*x-routing-root.*terminal.*exec$/),
    });
  });

  it('the base URL’s, before what the client states', async () => {
    const named = { header: undefined, startedIn: at('bank') };
    expect(await rootsOf(named, stating(at('shop')), knowing(['shop', 'bank']))).toEqual([uri('bank'), uri('shop')]);
  });

  it('not what a text says that is only to go on', async () => {
    expect(await rootsOf({ header: undefined }, undefined, knowing(['shop']))).toEqual([uri('shop')]);
  });

  it('the work tree, for git’s own folder in it', async () => {
    await mkdir(at('bank', '.git', 'hooks'), { recursive: true });
    expect(await roots(['shop', 'bank'], at('bank/.git/hooks'))).toEqual([uri('bank'), uri('shop')]);
    expect(await roots(['shop', 'bank'], undefined, at('bank/.git'))).toEqual([uri('bank'), uri('shop')]);
  });

  it.each([
    ['is not there', () => at('nowhere')],
    ['is relative', () => 'shop'],
    ['climbs without end', () => '../../shop'],
    ['is on another machine', () => `//${'evil.example'}/share`],
    ['is on another machine, as Windows writes it', () => '\\\\evil.example\\share'],
    ['has a NUL byte', () => `${at('bank')}\0`],
    ['is endless', () => `/${'a/'.repeat(5_000)}`],
    ['is a file', () => import.meta.filename],
  ])('a stated folder that %s says nothing', async (_what, stated) => {
    expect(await roots(['shop'], stated())).toEqual([uri('shop')]);
  });
});

describe('a folder whose policy could not be obeyed', () => {
  it.each([
    ['stated, in none that is open', () => [at('outside'), undefined] as const],
    ['stated, that only begins like one', () => [at('shop-evil'), undefined] as const],
    ['stated, by a link that leads out', () => [at('shop/way-out'), undefined] as const],
    ['stated, by dots that lead out', () => [`${at('shop')}/../outside`, undefined] as const],
    ['stated, around one that is open', () => [top, undefined] as const],
    ['named, in none that is open', () => [undefined, at('outside')] as const],
    ['named, by a link that leads out', () => [undefined, at('shop/way-out')] as const],
  ])('%s', async (_what, asked) => {
    const [stated, header] = asked();
    await expect(roots(['shop'], stated, header)).rejects.toThrow(/in no folder that is open.*serve --root/);
  });

  it.each(['relative/path', '', 'file://evil.example/share', '/nowhere/at/all'])(
    'named, and not there: %j',
    async (header) => {
      await expect(roots(['shop'], undefined, header)).rejects.toMatchObject({ status: 400 });
    },
  );

  it('is looked for once more among those that were just opened', async () => {
    const asked: (boolean | undefined)[] = [];
    const source = async (fresh?: boolean): Promise<readonly string[]> => {
      asked.push(fresh);
      return fresh === true ? [at('bank')] : [];
    };
    expect(await rootsOf({ header: undefined }, stating(at('bank')), { ...knowing([]), roots: source })).toEqual([
      uri('bank'),
    ]);
    expect(asked).toEqual([undefined, true]);
  });
});

describe('several folders that are stated', () => {
  const user = (...folders: readonly string[]): Conversation => ({
    system: [],
    messages: [{ role: 'user', parts: [{ kind: 'text', text: folders.map(lineOf).join('\n') }] }],
    tools: [],
  });
  const lineOf = (folder: string, index: number): string =>
    index % 2 === 0 ? `Working directory: ${top}/${folder}` : `<cwd>${top}/${folder}</cwd>`;
  const asked = (conversation: Conversation, open = ['shop', 'bank'], governed = ['shop', 'bank']) =>
    rootsOf({ header: undefined }, conversation, knowing(open, governed));

  it.each([
    ['shop', 'bank'],
    ['bank', 'shop'],
    ['shop', 'shop', 'bank'],
  ])('in different repositories are believed in no order: %s, %s', async (...folders) => {
    await expect(asked(user(...folders))).rejects.toMatchObject({
      status: 'policy',
      message: expect.stringMatching(/says in one place that it works in .* and in .*nothing was sent.*x-routing-root/),
    });
    await expect(asked(user(...folders))).rejects.toThrow(at('shop'));
    await expect(asked(user(...folders))).rejects.toThrow(at('bank'));
  });

  it('in one repository are one word', async () => {
    expect((await asked(user('shop/packages/core', 'shop')))[0]).toBe(uri('shop/packages/core'));
    expect((await asked(user('shop', 'shop/packages/core')))[0]).toBe(uri('shop'));
  });

  it('do not matter where nothing is in force', async () => {
    expect((await asked(user('shop', 'bank'), ['shop', 'bank'], []))[0]).toBe(uri('shop'));
  });

  it('do not matter below what the system’s text says', async () => {
    const { system } = stating(at('shop'));
    expect((await asked({ ...user('bank', 'shop'), system }))[0]).toBe(uri('shop'));
  });

  it('are passed over where they are not open and have no policy', async () => {
    expect(await asked(user('outside', 'shop'), ['shop'])).toEqual([uri('shop')]);
  });

  it('count where they are not open and have a policy', async () => {
    await writeFile(at('policed', '.routing-policy.json'), '{}');
    await expect(asked(user('shop', 'policed'), ['shop'])).rejects.toThrow(/in one place/);
  });

  it('count where they are not open and nobody can look whether they have one', async () => {
    await mkdir(at('closed'));
    await chmod(top, 0o755);
    await chmod(at('closed'), 0o444);
    await expect(asNobody(() => asked(user('shop', 'closed'), ['shop']))).rejects.toThrow(/in one place/);
    await chmod(at('closed'), 0o755);
    expect(await asNobody(() => asked(user('shop', 'closed'), ['shop']))).toEqual([uri('shop')]);
  });

  it('are refused where they are too many to look at', async () => {
    const many = Array.from({ length: 200 }, (_, number) => `shop/./${'./'.repeat(number)}`);
    await expect(asked(user(...many.map((path) => `${path}x`)))).rejects.toThrow(/more than 100 folders/);
  });
});

it('of a repository in another, the inner one is meant: what holds around it holds in it', async () => {
  const ground: RootGround = {
    roots: async () => [top],
    governance: async (asked) => ({ repository: fileURLToPath(asked), isGoverned: true }),
  };
  const text = `Working directory: ${at('shop')}\nWorking directory: ${at('shop/packages/core')}`;
  expect((await rootsOf({ header: undefined }, { system: [{ text }], messages: [], tools: [] }, ground))[0]).toBe(
    uri('shop/packages/core'),
  );
});

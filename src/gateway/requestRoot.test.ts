import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Conversation } from '../chat/conversation.ts';
import { rootsOf } from './requestRoot.ts';

let top: string;
const at = (...path: readonly string[]): string => join(top, ...path);
const uri = (...path: readonly string[]): string => pathToFileURL(at(...path)).href;

beforeAll(async () => {
  top = await realpath(await mkdtemp(join(tmpdir(), 'routing-policy-roots-')));
  for (const folder of ['shop/packages/core', 'bank', 'outside', 'shop-evil', 'Grüße'])
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
const roots = (open: readonly string[], stated?: string, header?: string): Promise<readonly string[]> =>
  rootsOf({ header }, stating(stated), async () => open.map((one) => at(one)));

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

  it('without a word, none of several', async () => {
    expect(await roots(['shop', 'bank'])).toEqual([]);
    expect(await roots([])).toEqual([]);
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
    expect(await rootsOf({ header: undefined }, stating(at('bank')), source)).toEqual([uri('bank')]);
    expect(asked).toEqual([undefined, true]);
  });
});

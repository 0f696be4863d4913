import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { onOneLine } from '../routing/labels.ts';
import { COMMAND_LINE } from '../team/access/audit.ts';
import { signingKeysOf } from '../team/main.ts';
import { OWN_ORG } from '../team/organisation.ts';
import type { PolicyProblem } from '../team/policies/judgePolicy.ts';
import { listPolicies } from '../team/policies/policyHistory.ts';
import { type Published, publishPolicy, rollBackPolicy, signAllAnew } from '../team/policies/publishPolicy.ts';
import type { SigningKeys } from '../team/policies/signingKeys.ts';
import { rememberedOrigin } from '../team/serverSettings.ts';
import type { OpenPlace } from '../team/store/place.ts';
import { type Call, CommandError, type ExitCode, textOption, writeJson } from './command.ts';
import { columns, count } from './table.ts';
import { fileAt, placeAsked, withPlace } from './teamPlace.ts';

/** `team policy list|publish FILE|back NAME SERIAL|sign` */
export async function runTeamPolicy(call: Call): Promise<ExitCode> {
  const [what, first, second] = call.positionals;
  switch (what) {
    case 'list':
      return list(call);
    case 'publish':
      return publish(call, first);
    case 'back':
      return back(call, first, second);
    case 'sign':
      return sign(call);
    default:
      throw new CommandError(
        `There is no "team policy ${what}": there are list, publish FILE, back NAME SERIAL and sign.`,
      );
  }
}

async function list(call: Call): Promise<ExitCode> {
  const told = await withPlace(call, async ({ store: { database } }) => {
    const keys = keysAsked(call);
    const policies = await listPolicies({ database }, OWN_ORG);
    return policies.map((one) => ({ ...one, pin: keys?.pin(OWN_ORG, one.name) }));
  });
  if (call.values['json'] === true) {
    await writeJson(call, told);
    return 0;
  }
  const rows = told.map(({ name, serial, publishedAt, publishedBy, versions, pin }) => [
    name,
    `serial ${serial}`,
    `${publishedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    `by ${publishedBy}`,
    count(versions, 'version'),
    pin ?? '',
  ]);
  await call.write(rows.length === 0 ? 'Nothing is published.\n' : columns(rows));
  return 0;
}

async function publish(call: Call, file: string | undefined): Promise<ExitCode> {
  if (file === undefined) throw new CommandError('Which file? routing-policy team policy publish FILE.');
  const bytes = await readFile(fileAt(call, file)).catch(() => {
    throw new CommandError(`${file} cannot be read.`);
  });
  const name = textOption(call, 'name') ?? basename(file).replace(/\.jsonc?$/, '');
  const upload = { orgId: OWN_ORG, name, bytes, who: COMMAND_LINE, note: textOption(call, 'note') ?? '' };
  return withPlace(call, async (opened) => {
    const { database } = opened.store;
    return told(call, opened, name, await publishPolicy({ database, now: () => call.now }, needKeys(call), upload));
  });
}

async function back(call: Call, name: string | undefined, serial: string | undefined): Promise<ExitCode> {
  if (name === undefined || serial === undefined || !/^\d{1,15}$/.test(serial)) {
    throw new CommandError('Back to which version? routing-policy team policy back NAME SERIAL.');
  }
  return withPlace(call, async (opened) => {
    const { database } = opened.store;
    const wish = { orgId: OWN_ORG, name, serial: Number(serial), who: COMMAND_LINE };
    const published = await rollBackPolicy({ database, now: () => call.now }, needKeys(call), wish);
    if (published === undefined) throw new CommandError(`"${onOneLine(name)}" has no version ${serial}.`);
    return told(call, opened, name, published);
  });
}

async function sign(call: Call): Promise<ExitCode> {
  const names = await withPlace(call, ({ store: { database } }) =>
    signAllAnew({ database, now: () => call.now }, needKeys(call), OWN_ORG, COMMAND_LINE),
  );
  await call.write(
    names.length === 0
      ? 'Nothing is published.\n'
      : `Signed anew, each under a higher serial: ${names.join(', ')}. Routers take them if their pins are of this key.\n`,
  );
  return 0;
}

async function told(call: Call, { store }: OpenPlace, name: string, published: Published): Promise<ExitCode> {
  if (published.kind === 'refused') {
    const lines = published.problems.map((problem) => `  ${problemWords(problem)}\n`);
    await call.note(`${onOneLine(name)} is not published:\n${lines.join('')}`);
    return 1;
  }
  const origin = (await rememberedOrigin(store.database)) ?? 'https://…';
  const entry = { source: `${origin}/v1/policies/${name}`, key: published.pin, refresh: '15m' };
  if (call.values['json'] === true) await writeJson(call, { ...published, extends: entry });
  else if (published.kind === 'unchanged')
    await call.write(`${name} is that already, as serial ${published.serial}.\n`);
  else {
    await call.write(
      `Published ${name} as serial ${published.serial}; ${count(published.testsPassed, 'test passes', 'tests pass')}. To extend it:\n  "extends": ${JSON.stringify(entry)}\n`,
    );
  }
  return 0;
}

function problemWords({ line, column, message }: PolicyProblem): string {
  return `${line === undefined ? '' : `${line}:${column} `}${onOneLine(message)}`;
}

/** The keys that `--policy-key` names, or those of the server's own folder. @throws {SigningKeyError} */
export function keysAsked(call: Call): SigningKeys | undefined {
  const file = textOption(call, 'policy-key');
  return signingKeysOf({ place: placeAsked(call), policyKey: file === undefined ? undefined : fileAt(call, file) });
}

function needKeys(call: Call): SigningKeys {
  const keys = keysAsked(call);
  if (keys === undefined) {
    throw new CommandError(
      'With --database, --policy-key names the file with the key that policies are signed with: openssl genpkey -algorithm ed25519 -out signing.pem makes one.',
    );
  }
  return keys;
}

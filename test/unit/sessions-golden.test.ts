// Ten sessions of thirty requests each, as three agents' clients send them, through the router's real process: where each
// request went, what it cost and what moved it stands in a table a session. UPDATE_GOLDEN=1 writes the tables anew.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { clientFormats } from '../golden/clients.ts';
import { type PlayedTurn, play, type SessionScript } from '../golden/replay.ts';

const folder = new URL('../golden/', import.meta.url);
const names = readdirSync(new URL('scripts/', folder)).map((file) => file.replace(/\.json$/, ''));
const isUpdate = process.env['UPDATE_GOLDEN'] === '1';

function readScript(name: string): SessionScript {
  return JSON.parse(readFileSync(new URL(`scripts/${name}.json`, folder), 'utf8')) as SessionScript;
}

/** Dollars with all nine places: what a request cost is compared to the nano-dollar. */
const usd = (nanoUsd: number): string => (nanoUsd / 1e9).toFixed(9);

function table({ about, client }: SessionScript, played: readonly PlayedTurn[]): string {
  const rows = [
    ['turn', 'before the request', 'class', 'model', 'cost in US$', 'why'],
    ...played.map(({ steps, class: work, model, costNanoUsd, why }, index) => [
      String(index + 1).padStart(4),
      steps,
      work,
      model,
      usd(costNanoUsd),
      why,
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const sum = played.reduce((total, { costNanoUsd }) => total + costNanoUsd, 0);
  return `# ${about}
# Written after the formats of ${clientFormats[client]?.name ?? client}, not recorded; providers and prices are simulated.

${lines.join('\n')}

total ${usd(sum)}
`;
}

test('there are ten sessions of three clients, of thirty requests each', () => {
  const scripts = names.map(readScript);
  expect(scripts.map(({ turns }) => turns.length)).toEqual(Array.from({ length: 10 }, () => 30));
  expect([...new Set(scripts.map(({ client }) => client))].sort()).toEqual(Object.keys(clientFormats).sort());
});

test.concurrent.each(names)('%s goes where its table says', { timeout: 180_000 }, async (name) => {
  const script = readScript(name);
  const found = table(script, await play(name, script));
  const file = new URL(`${name}.txt`, folder);
  if (isUpdate) writeFileSync(file, found);
  expect(found).toBe(readFileSync(file, 'utf8'));
});

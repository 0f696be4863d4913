import { findModel } from '../models/catalogue.ts';
import { genaiPrices } from '../models/genaiPrices.ts';
import type { Price } from '../models/model.ts';
import type { LayeredPolicy } from '../policy/layers.ts';
import { createProviderKey } from '../providers/key.ts';
import { remoteFacts } from '../providers/remoteFacts.ts';
import { type ProviderRow, tabulate } from '../providers/table.ts';
import { priceNow, type World } from '../router/world.ts';
import type { ProviderFacts } from '../routing/state.ts';
import type { Call } from './command.ts';
import { readProvidersFile } from './providersFile.ts';

/** What the command line knows of models, providers and prices, without a connection to any of them. */
export interface Machine {
  readonly world: World;
  /** Whether a provider is configured or well known. */
  knowsProvider(id: string): boolean;
  /** Ids of all those. */
  readonly providers: readonly string[];
  /** Whether a request from here, or from the editor around this terminal, would get there. */
  reaches(provider: string): boolean;
  /** A target's price today, by the policy's own list first; undefined: unpriced. */
  price(policy: LayeredPolicy | undefined, provider: string, model: string): Price | undefined;
}

/**
 * Composes it from the providers' files and tables. Keys are in the editor's keeping, where this process cannot look, so
 * every provider is taken to be reachable; a providers file that the command line names says which ones are.
 *
 * @throws {CommandError}
 */
export async function composeMachine(call: Call): Promise<Machine> {
  const { setting, given } = await readProvidersFile(call);
  const { rows, problems } = tabulate(setting);
  for (const { message } of problems) await call.note(`routing-policy: ${message}\n`);
  const known = new Map([...rows].map(([id, row]) => [id, factsOf(row, call)]));
  const reaches = (id: string): boolean => known.get(id)?.usable === true;
  const factsFor = (id: string): ProviderFacts | undefined => {
    const facts = known.get(id);
    // A name that nobody configured here stands for a provider of which nothing is known.
    if (!given) return usable(facts ?? { id, usable: true, serves: { chat: true, completion: true } });
    // Its key is looked for when a request is sent; this is none.
    return rows.get(id)?.configured === true && facts !== undefined ? usable(facts) : facts;
  };
  const world: World = {
    now: () => call.now,
    provider: (id) => {
      const facts = factsFor(id);
      return facts && { id, facts: () => facts };
    },
    setting: (id) => rows.get(id)?.setting ?? {},
    unhealthy: () => undefined,
    priceTable: genaiPrices(),
    calibration: [],
    trusted: true,
    defaultTarget: undefined,
  };
  return {
    world,
    knowsProvider: (id) => rows.has(id),
    providers: [...rows.keys()],
    reaches,
    price: (policy, provider, model) => priceNow(world, policy, provider, model),
  };
}

function factsOf(row: ProviderRow, call: Call): ProviderFacts {
  const { setting, wire } = row;
  const chat = wire !== 'fim' && wire !== 'workspace-copy';
  const serves = { chat, completion: true };
  if (wire !== 'editor' && wire !== 'workspace-copy') {
    return remoteFacts(row, createProviderKey(row, { env: call.env }).state(), serves);
  }
  const inEditor = row.configured || wire === 'workspace-copy' || call.env['TERM_PROGRAM'] === 'vscode';
  return {
    id: row.id,
    usable: inEditor,
    ...(inEditor ? {} : { unusableReason: `"${row.id}" is reached through an editor, and this terminal is in none.` }),
    ...(wire === 'workspace-copy' ? { local: true } : {}),
    ...(setting.residency === undefined ? {} : { residency: setting.residency }),
    ...(setting.makers === undefined ? {} : { makers: setting.makers }),
    ...(setting.retention === undefined ? {} : { retention: setting.retention }),
    serves,
  };
}

function usable(facts: ProviderFacts): ProviderFacts {
  const { unusableReason: _reason, ...rest } = facts;
  return { ...rest, usable: true };
}

/** Who made a model; undefined where the catalogue does not know it. */
export function makerOf(model: string): string | undefined {
  return findModel(model)?.maker;
}

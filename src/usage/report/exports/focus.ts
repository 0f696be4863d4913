import type { TokenRates } from '../../../models/model.ts';
import { compare } from '../grouped.ts';
import { type CsvValue, csvText, decimalUsd } from './csv.ts';
import type { FocusCell } from './focusCells.ts';

/** What the export knows of a target beside the ledger's figures. */
export interface FocusKnowledge {
  /** List prices in force now, to tell the kinds of tokens apart by; undefined: unpriced. */
  ratesOf(provider: string, model: string): TokenRates | undefined;
  /** undefined: not in the catalogue. */
  makerOf(model: string): string | undefined;
}

const kinds = [
  { kind: 'input', meter: 'Input Tokens', tokens: (cell: FocusCell) => cell.input, rate: 'input' },
  { kind: 'cache-read', meter: 'Cached Input Tokens', tokens: (cell: FocusCell) => cell.cacheRead, rate: 'cacheRead' },
  {
    kind: 'cache-write',
    meter: 'Cache Write Tokens',
    tokens: (cell: FocusCell) => cell.cacheWrite,
    rate: 'cacheWrite',
  },
  { kind: 'output', meter: 'Output Tokens', tokens: (cell: FocusCell) => cell.output, rate: 'output' },
] as const;
/** What stands for all kinds where they cannot be told apart. */
const anyKind = { kind: 'any', meter: 'Tokens', tokens: () => 0, rate: 'input' } as const;
type Kind = (typeof kinds)[number] | typeof anyKind;

/** One charge: a day, a class, a kind of work, a model, a bill and a kind of tokens. */
export interface Charge {
  readonly cell: FocusCell;
  readonly kind: Kind;
  /** undefined: not known. */
  readonly tokens: number | undefined;
  readonly listNanoUsd: number;
  readonly billedNanoUsd: number;
  /** It carries what is counted once for all kinds: the tasks. */
  readonly isFirst: boolean;
  readonly maker: string | undefined;
}

/** A column by its name, and what a charge has in it. */
export type FocusColumn<Cell extends FocusCell = FocusCell> = readonly [
  string,
  (charge: Charge & { readonly cell: Cell }) => CsvValue,
];

const NO_ACCOUNT = 'none: estimates of this machine';

/**
 * The columns, by name as FOCUS orders them: those of the Cost and Usage dataset of FOCUS 1.4 that are mandatory, those
 * that its conditions ask for where prices are per unit, and ours. See https://focus.finops.org/focus-specification/.
 */
const columns: readonly FocusColumn[] = [
  ['BilledCost', ({ billedNanoUsd }) => decimalUsd(billedNanoUsd)],
  ['BillingAccountId', () => NO_ACCOUNT],
  ['BillingAccountName', () => undefined],
  ['BillingCurrency', () => 'USD'],
  ['BillingPeriodEnd', ({ cell }) => monthStart(cell.day, 1)],
  ['BillingPeriodStart', ({ cell }) => monthStart(cell.day, 0)],
  ['ChargeCategory', () => 'Usage'],
  ['ChargeClass', () => undefined],
  ['ChargeDescription', ({ cell, kind }) => `Estimate: ${kind.meter.toLowerCase()} of ${cell.provider}/${cell.model}`],
  ['ChargeFrequency', () => 'Usage-Based'],
  ['ChargePeriodEnd', ({ cell }) => instant(Date.parse(cell.lastDay ?? cell.day) + 86_400_000)],
  ['ChargePeriodStart', ({ cell }) => instant(Date.parse(cell.day))],
  ['ConsumedQuantity', ({ tokens }) => tokens],
  ['ConsumedUnit', () => 'Tokens'],
  ['ContractedCost', ({ listNanoUsd }) => decimalUsd(listNanoUsd)],
  ['ContractedUnitPrice', unitPrice],
  ['EffectiveCost', ({ billedNanoUsd }) => decimalUsd(billedNanoUsd)],
  ['HostProviderName', ({ cell }) => cell.provider],
  ['InvoiceIssuerName', ({ cell }) => cell.provider],
  ['ListCost', ({ listNanoUsd }) => decimalUsd(listNanoUsd)],
  ['ListUnitPrice', unitPrice],
  ['PricingQuantity', ({ tokens }) => tokens],
  ['PricingUnit', () => 'Tokens'],
  ['ServiceCategory', () => 'AI and Machine Learning'],
  ['ServiceName', ({ cell }) => cell.model],
  ['ServiceProviderName', ({ cell }) => cell.provider],
  ['ServiceSubcategory', () => 'Generative AI'],
  ['SkuId', ({ cell }) => `${cell.provider}/${cell.model}`],
  ['SkuMeter', ({ kind }) => kind.meter],
  ['x_Billing', ({ cell }) => cell.billing],
  ['x_Class', ({ cell }) => cell.class],
  ['x_CostIsEstimate', () => true],
  ['x_Maker', ({ maker }) => maker],
  ['x_PricingStatus', ({ cell }) => pricingStatus(cell)],
  ['x_SuccessfulTasks', ({ cell, isFirst }) => (isFirst ? cell.successes : 0)],
  ['x_Tasks', ({ cell, isFirst }) => (isFirst ? cell.tasks : 0)],
  ['x_TokenKind', ({ kind }) => kind.kind],
  ['x_Work', ({ cell }) => cell.work],
];

/**
 * The usage as FOCUS 1.4 (FinOps Open Cost and Usage Specification, Cost and Usage dataset) in CSV: a row for each day,
 * class, kind of work, model and kind of tokens. All costs are estimates: what the ledger has is divided among the kinds of tokens by
 * their list prices, to the last nano-dollar. What a seat or a pool covers has a list cost and no billed cost. Tasks stand
 * in the first row of their day, class, kind of work and model, so that they can be added up: those of one kind of work,
 * because each kind is judged by other signals.
 *
 * @param more columns beside these; one of the same name takes its place
 */
export function focusCsv<Cell extends FocusCell>(
  cells: readonly Cell[],
  knowledge: FocusKnowledge,
  more: readonly FocusColumn<Cell>[] = [],
): string {
  const sorted = cells.toSorted(
    (a, b) =>
      compare(a.day, b.day) ||
      compare(a.class, b.class) ||
      compare(a.work, b.work) ||
      compare(a.provider, b.provider) ||
      compare(a.model, b.model) ||
      compare(a.billing, b.billing),
  );
  const charges = sorted.flatMap((cell) => chargesOf(cell, knowledge));
  const own: readonly FocusColumn<Cell>[] = columns;
  const all = [...own.filter(([name]) => more.every(([other]) => other !== name)), ...more].sort(([a], [b]) =>
    compare(a, b),
  );
  return csvText([all.map(([name]) => name), ...charges.map((charge) => all.map(([, value]) => value(charge)))]);
}

function chargesOf<Cell extends FocusCell>(
  cell: Cell,
  { ratesOf, makerOf }: FocusKnowledge,
): readonly (Charge & { readonly cell: Cell })[] {
  const used = kinds.filter(({ tokens }) => tokens(cell) > 0);
  // Something was asked for, and nobody said how many tokens of which kind it took.
  const unknown = cell.allTokens !== undefined ? [anyKind] : kinds.slice(0, 1);
  const told: readonly Kind[] = used.length > 0 || (cell.listNanoUsd === 0 && cell.tasks === 0) ? used : unknown;
  const rates = ratesOf(cell.provider, cell.model);
  const weights = told.map(({ tokens, rate }) => tokens(cell) * (rates?.[rate] ?? 1));
  const list = shared(cell.listNanoUsd, weights);
  const billed = shared(cell.billedNanoUsd, weights);
  const maker = makerOf(cell.model);
  return told.map((kind, place) => ({
    cell,
    kind,
    tokens: kind === anyKind ? tokensOfAny(cell) : kind.tokens(cell),
    listNanoUsd: list[place] ?? 0,
    billedNanoUsd: billed[place] ?? 0,
    isFirst: place === 0,
    maker,
  }));
}

function tokensOfAny({ allTokens }: FocusCell): number | undefined {
  return allTokens === 'unknown' ? undefined : allTokens;
}

/** A whole amount in whole parts by weights; what rounding leaves over is the last one's. */
function shared(amount: number, weights: readonly number[]): readonly number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let left = amount;
  return weights.map((weight, place) => {
    const part =
      place === weights.length - 1 ? left : Math.min(left, Math.round(total === 0 ? 0 : (amount * weight) / total));
    left -= part;
    return part;
  });
}

/** On average: a price may rise with the size of a request. Empty where nothing has a price. */
function unitPrice({ cell, tokens, listNanoUsd }: Charge): CsvValue {
  if (tokens === undefined || tokens === 0 || pricingStatus(cell) === 'unpriced') return undefined;
  return (listNanoUsd / tokens / 1e9).toFixed(15).replace(/\.?0+$/, '');
}

function pricingStatus({
  isSimulated,
  unpriced,
  listNanoUsd,
}: FocusCell): 'priced' | 'partly-priced' | 'unpriced' | 'simulated' {
  if (isSimulated) return 'simulated';
  if (unpriced === 0) return 'priced';
  return listNanoUsd === 0 ? 'unpriced' : 'partly-priced';
}

function monthStart(day: string, later: number): string {
  const date = new Date(day);
  return instant(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later, 1));
}

/** As FOCUS writes times: `2026-11-22T00:00:00Z`. */
function instant(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

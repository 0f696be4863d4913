import { csvTable } from './csvTable.ts';
import {
  dayOf,
  gather,
  ImportError,
  type ImportedRow,
  NO_TOKENS,
  nameOf,
  nanoUsdOf,
  numbering,
  type ReadExport,
  RowError,
} from './importedRow.ts';

/** How companies that serve models are called in bills, and in policies. */
const PROVIDERS: readonly (readonly [pattern: RegExp, id: string])[] = [
  [/anthropic/i, 'anthropic'],
  [/openai/i, 'openai'],
  [/github/i, 'copilot'],
  [/azure|microsoft/i, 'azure'],
  [/amazon|aws/i, 'bedrock'],
  [/google/i, 'google'],
  [/mistral/i, 'mistral'],
  [/deepseek/i, 'deepseek'],
  [/x\.?ai\b/i, 'xai'],
];
/** Those that sell nothing but models. */
const MODELS_ALONE: ReadonlySet<string> = new Set(['anthropic', 'openai', 'mistral', 'deepseek', 'xai']);
/** What tells what a charge came to, and not which one it is. */
const MEASURE = /Cost$|Price$|Quantity$|^x_(?:Tokens|Tasks|SuccessfulTasks)$/;

/**
 * Reads a bill in FOCUS (CSV; columns of 1.0 to 1.4). Of a cloud's bill only what is of models is counted: what is in the
 * service category of AI, or names Copilot, a model or its platform.
 * See https://focus.finops.org/focus-specification/.
 * @throws {ImportError}
 */
export function readFocus(text: string): ReadExport {
  const { head, entries } = csvTable(text);
  const columns = head.map((name) => name.trim());
  for (const needed of ['BilledCost', 'BillingCurrency', 'ChargePeriodStart']) {
    if (!columns.includes(needed)) throw new ImportError(`It is no bill in FOCUS: it has no column "${needed}".`);
  }
  const read = gather();
  const numbered = numbering();
  for (const entry of entries) {
    read.take(
      () =>
        entry.kind === 'unread' && entry.last > entry.line
          ? `lines ${entry.line} to ${entry.last}`
          : `line ${entry.line}`,
      () => {
        if (entry.kind === 'unread') throw new RowError(entry.why);
        return chargeOf(columns, entry.cells, numbered);
      },
    );
  }
  return read.end('focus');
}

/** undefined: it is of something else than models. */
function chargeOf(
  columns: readonly string[],
  cells: readonly string[],
  numbered: (identity: string) => string,
): ImportedRow | undefined {
  const charge = new Map(columns.map((name, n) => [name, cells[n] ?? '']));
  const cell = (...names: readonly string[]): string =>
    names.map((name) => charge.get(name) ?? '').find((text) => text !== '') ?? '';
  const provider = providerOf(
    cell('ServiceProviderName', 'ProviderName', 'PublisherName', 'InvoiceIssuerName', 'InvoiceIssuer'),
  );
  const service = `${cell('ServiceName')} ${cell('SkuMeter')} ${cell('ChargeDescription')}`;
  const isOfModels =
    MODELS_ALONE.has(provider) ||
    /^AI and Machine Learning$/i.test(cell('ServiceCategory')) ||
    /copilot|bedrock|openai|claude|gemini|vertex ai|foundation model/i.test(service);
  if (!isOfModels) return undefined;
  if (/^true$/i.test(cell('x_CostIsEstimate')))
    throw new RowError('It is an estimate of Routing Policy itself, and no bill.');
  if (cell('BillingCurrency') !== 'USD') throw new RowError('Its "BillingCurrency" is not USD.');
  const told = columns.filter((name) => !MEASURE.test(name)).map((name) => [name, charge.get(name)]);
  return {
    identity: numbered(JSON.stringify(told)),
    grouping: 'charge',
    day: dayOf(cell('ChargePeriodStart'), 'ChargePeriodStart'),
    provider,
    model: nameOf(cell('x_Model', 'SkuMeter', 'ResourceName')),
    billedNanoUsd: nanoUsdOf(cell('BilledCost'), 'BilledCost'),
    ...NO_TOKENS,
  };
}

/** As policies call it where it is known; else its own name, as an id would be written. */
function providerOf(name: string): string {
  const known = PROVIDERS.find(([pattern]) => pattern.test(name));
  if (known) return known[1];
  const own = nameOf(name)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  if (own === '') throw new RowError('It names no provider.');
  return own;
}

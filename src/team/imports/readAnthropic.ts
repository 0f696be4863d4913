import {
  dayOf,
  gather,
  isRecord,
  NO_TOKENS,
  nameOf,
  nanoUsdOf,
  numbering,
  type ReadExport,
  RowError,
  tokensOf,
} from './importedRow.ts';
import { dimensionsOf, pageResults } from './jsonPages.ts';

const PROVIDER = 'anthropic';
/** Costs are in cents, as decimal texts. */
const CENTS = 100;
const MEASURES: ReadonlySet<string> = new Set([
  'amount',
  'uncached_input_tokens',
  'cache_read_input_tokens',
  'cache_creation_5m_input_tokens',
  'cache_creation_1h_input_tokens',
  'output_tokens',
]);

/**
 * Reads what `GET /v1/organizations/cost_report` and `/v1/organizations/usage_report/messages` of Anthropic's Admin API answer.
 * See https://platform.claude.com/docs/en/api/admin/cost_report.
 * @throws {ImportError}
 */
export function readAnthropic(text: string): ReadExport {
  const read = gather();
  const numbered = numbering();
  for (const { bucket, result, where } of pageResults(text)) {
    read.take(where, () => {
      if (!isRecord(result)) throw new RowError('It is no result of a report.');
      const isCost = 'amount' in result;
      if (!isCost && !('output_tokens' in result)) throw new RowError('It has neither "amount" nor "output_tokens".');
      if (isCost && result['currency'] !== 'USD') throw new RowError('Its "currency" is not USD.');
      const { identity, names } = dimensionsOf(result, MEASURES);
      const kind = isCost ? 'cost' : 'usage';
      return {
        identity: numbered(`${kind} ${String(bucket['starting_at'])} ${identity}`),
        grouping: `${kind} ${names}`,
        day: dayOf(bucket['starting_at'], 'starting_at'),
        provider: PROVIDER,
        model: nameOf(result['model']),
        billedNanoUsd: isCost ? nanoUsdOf(result['amount'], 'amount', CENTS) : undefined,
        ...(isCost ? NO_TOKENS : tokensIn(result)),
      };
    });
  }
  return read.end('anthropic');
}

function tokensIn(result: Readonly<Record<string, unknown>>) {
  const written = isRecord(result['cache_creation']) ? result['cache_creation'] : {};
  const field = (from: Readonly<Record<string, unknown>>, name: string): number => tokensOf(from[name], name);
  return {
    inputTokens: field(result, 'uncached_input_tokens'),
    cacheReadTokens: field(result, 'cache_read_input_tokens'),
    cacheWriteTokens:
      field(written, 'ephemeral_5m_input_tokens') +
      field(written, 'ephemeral_1h_input_tokens') +
      field(result, 'cache_creation_5m_input_tokens') +
      field(result, 'cache_creation_1h_input_tokens'),
    outputTokens: field(result, 'output_tokens'),
  };
}

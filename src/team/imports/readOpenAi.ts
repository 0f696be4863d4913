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

const PROVIDER = 'openai';
const MEASURES: ReadonlySet<string> = new Set(['num_model_requests', 'quantity']);

/**
 * Reads what `GET /v1/organization/costs` and `/v1/organization/usage/completions` of OpenAI's Admin API answer.
 * See https://platform.openai.com/docs/api-reference/usage.
 * @throws {ImportError}
 */
export function readOpenAi(text: string): ReadExport {
  const read = gather();
  const numbered = numbering();
  for (const { bucket, result, where } of pageResults(text)) {
    read.take(where, () => {
      if (!isRecord(result)) throw new RowError('It is no result of a report.');
      const { amount } = result as { readonly amount?: unknown };
      const isCost = amount !== undefined;
      if (!isCost && !('output_tokens' in result)) throw new RowError('It has neither "amount" nor "output_tokens".');
      if (isCost && !(isRecord(amount) && String(amount['currency']).toLowerCase() === 'usd')) {
        throw new RowError('Its "amount" is not in US dollars.');
      }
      const { identity, names } = dimensionsOf(result, measuresIn(result));
      const kind = isCost ? 'cost' : 'usage';
      return {
        identity: numbered(`${kind} ${String(bucket['start_time'])} ${identity}`),
        grouping: `${kind} ${names}`,
        day: dayOf(bucket['start_time'], 'start_time'),
        provider: PROVIDER,
        model: nameOf(result['model']) || modelIn(result['line_item']),
        billedNanoUsd: isRecord(amount) ? nanoUsdOf(amount['value'], 'amount.value') : undefined,
        ...(isCost ? NO_TOKENS : tokensIn(result)),
      };
    });
  }
  return read.end('openai');
}

/** Counts of tokens have many names, and more are added. */
function measuresIn(result: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  return new Set([...MEASURES, ...Object.keys(result).filter((name) => name.endsWith('_tokens'))]);
}

/** A line of a bill: `gpt-6-sol-2026-08-01, input`. */
function modelIn(line: unknown): string {
  const [model = ''] = typeof line === 'string' ? line.split(',') : [];
  return nameOf(model);
}

/** Input counts what was read from a cache and written to one as well. */
function tokensIn(result: Readonly<Record<string, unknown>>) {
  const field = (name: string): number => tokensOf(result[name], name);
  const [cacheReadTokens, cacheWriteTokens] = [field('input_cached_tokens'), field('input_cache_write_tokens')];
  return {
    inputTokens: Math.max(0, field('input_tokens') - cacheReadTokens - cacheWriteTokens),
    cacheReadTokens,
    cacheWriteTokens,
    outputTokens: field('output_tokens'),
  };
}

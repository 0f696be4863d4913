import {
  dayOf,
  gather,
  ImportError,
  type ImportedRow,
  isRecord,
  nanoUsdOf,
  type ReadExport,
  RowError,
  tokensOf,
} from './importedRow.ts';

const PROVIDER = 'copilot';
/** An AI credit is a cent. */
const CREDITS_PER_USD = 100;

/**
 * Reads GitHub's usage metrics of Copilot: the user-level reports as they are downloaded, a line each (NDJSON), or as a list.
 * `ai_credits_used` is what was consumed, at list price, which is more than the bill where seats include some. Whose a row is
 * goes into no table. See https://docs.github.com/en/copilot/reference/copilot-usage-metrics.
 * @throws {ImportError}
 */
export function readCopilot(text: string): ReadExport {
  const read = gather();
  for (const { value, where } of recordsIn(text))
    read.take(
      () => where,
      () => rowOf(value),
    );
  return read.end('copilot');
}

function rowOf(value: unknown): ImportedRow {
  if (!isRecord(value)) throw new RowError('It is no object.');
  if (Array.isArray(value['day_totals'])) {
    throw new RowError('It is the report of a whole enterprise, which has no costs: take the one of users.');
  }
  const user = value['user_id'] ?? value['user_login'];
  if (typeof user !== 'string' && typeof user !== 'number') throw new RowError('It has no "user_id".');
  const credits = value['ai_credits_used'];
  if (typeof credits === 'number' && credits < 0) throw new RowError('"ai_credits_used" is less than none.');
  const cli = isRecord(value['totals_by_cli']) ? value['totals_by_cli'] : {};
  const tokens = isRecord(cli['token_usage']) ? cli['token_usage'] : {};
  const day = dayOf(value['day'], 'day');
  return {
    // The same person's day stands in reports of the organisation and of the enterprise.
    identity: `${day} ${user}`,
    grouping: 'user',
    day,
    provider: PROVIDER,
    model: '',
    billedNanoUsd: credits == null ? undefined : nanoUsdOf(credits, 'ai_credits_used', CREDITS_PER_USD),
    inputTokens: tokensOf(tokens['prompt_tokens_sum'], 'prompt_tokens_sum'),
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: tokensOf(tokens['output_tokens_sum'], 'output_tokens_sum'),
  };
}

function recordsIn(text: string): readonly { readonly value: unknown; readonly where: string }[] {
  const begin = text.trimStart()[0];
  if (begin === '[') {
    try {
      const list: unknown = JSON.parse(text);
      return Array.isArray(list) ? list.map((value: unknown, n) => ({ value, where: `entry ${n + 1}` })) : [];
    } catch {
      throw new ImportError('It is no JSON.');
    }
  }
  return text.split('\n').flatMap((line, n) => {
    if (line.trim() === '') return [];
    try {
      return [{ value: JSON.parse(line) as unknown, where: `line ${n + 1}` }];
    } catch {
      return [{ value: undefined, where: `line ${n + 1}` }];
    }
  });
}

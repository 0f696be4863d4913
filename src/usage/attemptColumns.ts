import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';
import type { Attempt } from './attempt.ts';

/** How a field is kept: a short name, a whole number of at least 0, or a flag. There is no kind for text or paths. */
type ColumnKind = 'name' | 'integer' | 'flag';

interface Column {
  readonly column: string;
  readonly kind: ColumnKind;
}

/** Every field of an attempt and where it is kept. A field that is missing here does not compile. */
const columns: { readonly [Field in keyof Required<Attempt>]: Column } = {
  id: { column: 'id', kind: 'name' },
  requestId: { column: 'request_id', kind: 'name' },
  taskId: { column: 'task_id', kind: 'name' },
  at: { column: 'at', kind: 'integer' },
  surface: { column: 'surface', kind: 'name' },
  kind: { column: 'kind', kind: 'name' },
  class: { column: 'class', kind: 'name' },
  rule: { column: 'rule', kind: 'name' },
  policyHash: { column: 'policy_hash', kind: 'name' },
  requestedModel: { column: 'requested_model', kind: 'name' },
  provider: { column: 'provider', kind: 'name' },
  model: { column: 'model', kind: 'name' },
  servedModel: { column: 'served_model', kind: 'name' },
  place: { column: 'place', kind: 'integer' },
  fallbackFrom: { column: 'fallback_from', kind: 'name' },
  inputTokens: { column: 'input_tokens', kind: 'integer' },
  cacheReadTokens: { column: 'cache_read_tokens', kind: 'integer' },
  cacheWriteTokens: { column: 'cache_write_tokens', kind: 'integer' },
  outputTokens: { column: 'output_tokens', kind: 'integer' },
  reasoningTokens: { column: 'reasoning_tokens', kind: 'integer' },
  usageEstimated: { column: 'usage_estimated', kind: 'flag' },
  costNanoUsd: { column: 'cost_nano_usd', kind: 'integer' },
  priceSource: { column: 'price_source', kind: 'name' },
  priceAsOf: { column: 'price_as_of', kind: 'name' },
  latencyMs: { column: 'latency_ms', kind: 'integer' },
  firstTokenMs: { column: 'first_token_ms', kind: 'integer' },
  outcome: { column: 'outcome', kind: 'name' },
  failure: { column: 'failure', kind: 'name' },
  simulated: { column: 'simulated', kind: 'flag' },
  repoKey: { column: 'repo_key', kind: 'name' },
  team: { column: 'team', kind: 'name' },
  conversation: { column: 'conversation', kind: 'name' },
  client: { column: 'client', kind: 'name' },
  billing: { column: 'billing', kind: 'name' },
  billedNanoUsd: { column: 'billed_nano_usd', kind: 'integer' },
  trial: { column: 'trial', kind: 'name' },
  arm: { column: 'arm', kind: 'name' },
  overridden: { column: 'overridden', kind: 'name' },
};

const entries = Object.entries(columns) as readonly [keyof Attempt, Column][];

/** The ledger's columns, in order. */
export const columnNames: readonly string[] = entries.map(([, { column }]) => column);

/** Names come from clients, providers and policies: a "model" that is a whole prompt must not get in. */
export const LONGEST_NAME = 128;

/** An attempt as the values of its columns, in order. */
export function rowOf(attempt: Attempt): readonly SQLInputValue[] {
  return entries.map(([field, { kind }]) => stored(attempt[field], kind));
}

/** A name as it is kept. */
export function storedName(name: string): string {
  return name.replace(/\p{Cc}/gu, ' ').slice(0, LONGEST_NAME);
}

function stored(value: Attempt[keyof Attempt], kind: ColumnKind): SQLInputValue {
  if (value === undefined) return null;
  switch (kind) {
    case 'name':
      return storedName(String(value));
    case 'integer':
      return Number.isFinite(Number(value))
        ? Math.min(Math.max(Math.round(Number(value)), 0), Number.MAX_SAFE_INTEGER)
        : null;
    case 'flag':
      return value === true ? 1 : 0;
    default:
      return kind satisfies never;
  }
}

/** An attempt read back. Only {@link rowOf} has written the rows, so the fields have the types that it took. */
export function attemptOf(row: Readonly<Record<string, SQLOutputValue>>): Attempt {
  const attempt: Record<string, unknown> = {};
  for (const [field, { column, kind }] of entries) {
    const value = row[column];
    if (value === null || value === undefined) continue;
    attempt[field] = kind === 'flag' ? value === 1 : value;
  }
  return attempt as unknown as Attempt;
}

/** Whether something was written down. Losing a record must not fail the request that it is about, so it is a value. */
export type WriteResult = { readonly kind: 'written' } | WriteFailure;

export interface WriteFailure {
  readonly kind: 'failed';
  readonly reason: string;
}

export const written: WriteResult = { kind: 'written' };

export function failed(what: string, error: unknown): WriteFailure {
  return { kind: 'failed', reason: `${what}: ${error instanceof Error ? error.message : String(error)}` };
}

/** The code of a file system error (`ENOENT`), where it has one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

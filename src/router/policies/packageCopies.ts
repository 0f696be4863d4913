import type { KeptCopies } from './copies.ts';
import { decodePolicy } from './decode.ts';
import type { TextRead } from './ground.ts';
import type { SourceState } from './remotePolicies.ts';

/** What keeping copies takes. */
export interface CopyTools {
  readonly copies: KeptCopies;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** A package's policy as it is installed, or the last good copy of it. */
export type KeptRead = TextRead | { readonly kind: 'kept'; readonly text: string; readonly state: SourceState };

/**
 * A package that is installed as it is pinned is kept, as policies from the network are; one that is not installed, or in
 * other bytes, is its last good copy. The pin says that the bytes are right, so a copy does not grow old.
 *
 * @param read what is installed, held against the pin
 */
export async function orKept(
  read: TextRead,
  written: string,
  integrity: string | undefined,
  { copies, now }: CopyTools,
): Promise<KeptRead> {
  if (integrity === undefined || read.kind === 'mistake') return read;
  const found = await copies.read(written, { integrity }, now());
  if (read.kind === 'text') {
    if (found.kind !== 'found') await keep(read.bytes, written, integrity, { copies, now });
    return read;
  }
  const text = found.kind === 'found' ? decodePolicy(found.copy.bytes) : undefined;
  if (found.kind === 'found' && text !== undefined) {
    return { kind: 'kept', text, state: { kind: 'stale', since: found.copy.confirmedAt, problem: read.message } };
  }
  return found.kind === 'refused' ? { ...read, message: `${read.message} ${found.message}` } : read;
}

async function keep(bytes: Buffer, written: string, integrity: string, { copies, now }: CopyTools): Promise<void> {
  try {
    await copies.keep(written, { integrity }, { bytes, confirmedAt: now() });
  } catch {
    // It is in force all the same; only where it is uninstalled later there is no copy then.
  }
}

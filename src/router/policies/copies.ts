import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { limits } from '../../workspace/limits.ts';
import { readRegularFile } from '../../workspace/untracked.ts';
import { bounds } from './bounds.ts';
import { hasIntegrity, isSigned } from './pins.ts';
import type { SigningPin } from './reference.ts';
import { replaceFile } from './replaceFile.ts';

/** A policy from elsewhere as it was last found good, kept so that an outage of its server stops nobody. */
export interface KeptCopy {
  readonly bytes: Buffer;
  /** When its source last confirmed it, in milliseconds since the epoch. */
  readonly confirmedAt: number;
  /** Of a signed one. */
  readonly signature?: { readonly serial: number; readonly bytes: Buffer };
}

/** What a copy must prove again each time it is read: the folder is only as safe as the user's own files. */
export type CopyPin = { readonly integrity: string } | { readonly signing: SigningPin };

export type CopyFound =
  | { readonly kind: 'found'; readonly copy: KeptCopy }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly message: string };

const record = z.object({
  policy: z.string(),
  confirmedAt: z.number().int().nonnegative(),
  serial: z.number().int().positive().optional(),
  signature: z.string().optional(),
});

/** Base64 takes four characters for three bytes; the rest is room for the other keys. */
const recordBytes = Math.ceil((limits.policyBytes * 4) / 3) + 8_192;

/** The last good copies in the user's state folder, one file a source and pin, readable by that user alone. */
export class KeptCopies {
  readonly #folder: string | undefined;

  /** @param stateFolder left out where there is none: nothing is kept then */
  constructor(stateFolder: string | undefined) {
    this.#folder = stateFolder === undefined ? undefined : join(stateFolder, 'policies');
  }

  async read(source: string, pin: CopyPin, now: number): Promise<CopyFound> {
    if (this.#folder === undefined) return { kind: 'none' };
    const folder = await realpath(this.#folder).catch(() => undefined); // nothing was kept yet
    if (folder === undefined) return { kind: 'none' };
    const path = join(folder, fileName(source, pin));
    const file = await readRegularFile(folder, path, recordBytes);
    if (file.kind === 'missing') return { kind: 'none' };
    const copy = file.kind === 'content' ? parseRecord(file.bytes) : undefined;
    const isGood = copy !== undefined && proves(copy, pin) && copy.confirmedAt <= now + bounds.clockSkewMs;
    if (isGood) return { kind: 'found', copy };
    return {
      kind: 'refused',
      message: `The copy kept on this machine (${path}) was changed or is damaged, so it is not used.`,
    };
  }

  /** Keeps a copy by renaming a whole file into place. @throws when the disk does not take it */
  async keep(source: string, pin: CopyPin, copy: KeptCopy): Promise<void> {
    if (this.#folder === undefined) return;
    await replaceFile(join(this.#folder, fileName(source, pin)), writeRecord(copy));
  }
}

/** Another hash or key is another copy: what one pin proved says nothing about the next. */
function fileName(source: string, pin: CopyPin): string {
  const pinned = 'integrity' in pin ? pin.integrity : pin.signing.key;
  return `${createHash('sha256').update(`${source}\n${pinned}`).digest('hex')}.json`;
}

function proves(copy: KeptCopy, pin: CopyPin): boolean {
  if ('integrity' in pin) return hasIntegrity(copy.bytes, pin.integrity);
  return copy.signature !== undefined && isSigned(copy.bytes, copy.signature, pin.signing.key);
}

function writeRecord({ bytes, confirmedAt, signature }: KeptCopy): string {
  const signed = signature && { serial: signature.serial, signature: signature.bytes.toString('base64') };
  return JSON.stringify({ policy: bytes.toString('base64'), confirmedAt, ...signed });
}

function parseRecord(bytes: Buffer): KeptCopy | undefined {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined; // damaged: the caller says so
  }
  const { data } = record.safeParse(value);
  if (data === undefined) return undefined;
  const { serial, signature } = data;
  return {
    bytes: Buffer.from(data.policy, 'base64'),
    confirmedAt: data.confirmedAt,
    ...(serial === undefined || signature === undefined
      ? {}
      : { signature: { serial, bytes: Buffer.from(signature, 'base64') } }),
  };
}

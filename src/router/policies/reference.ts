import { durationMs } from '../../policy/durations.ts';
import type { PolicySource } from '../../policy/schema.ts';
import { isLoopback } from '../../providers/loopback.ts';
import { bounds } from './bounds.ts';
import { readKey } from './pins.ts';

/** A signing key that a source is pinned to, and how fresh what it signed must be. */
export interface SigningPin {
  /** As written: `ed25519:…`. */
  readonly key: string;
  readonly refreshMs: number;
  readonly maxStaleMs: number;
}

/** What one entry of `extends` names, once it is known to be written as it must be. */
export type SourceReference = (
  | { readonly kind: 'file' }
  | { readonly kind: 'preset'; readonly name: string }
  | { readonly kind: 'npm'; readonly packageName: string; readonly integrity?: string }
  | { readonly kind: 'remote'; readonly url: URL; readonly integrity: string }
  | { readonly kind: 'remote'; readonly url: URL; readonly signing: SigningPin }
) & {
  /** As it stands in the file. */
  readonly written: string;
  /** The hash that its bytes must have. */
  readonly integrity?: string;
};

export type RemoteReference = SourceReference & { readonly kind: 'remote' };

/** What is wrong with how a source is written, and what to write instead. */
export interface Misspelt {
  readonly problem: string;
}

const presetName = /^[a-z0-9][a-z0-9-]{0,63}$/;
const packageName = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/i;

/** Reads one entry of `extends`. Contacts nothing. */
export function readReference(source: PolicySource): SourceReference | Misspelt {
  const pinned = typeof source === 'string' ? { source } : source;
  const written = pinned.source;
  const integrity = 'integrity' in pinned ? pinned.integrity : undefined;
  const key = 'key' in pinned ? pinned.key : undefined;
  const hash = integrity === undefined ? {} : { integrity };
  if (/^https?:/i.test(written)) return readRemote(pinned);
  if (key !== undefined)
    return { problem: 'Only an https address can be pinned to a signing key; give this one an "integrity" instead.' };
  if (written.startsWith('preset:')) {
    const name = written.slice('preset:'.length);
    if (!presetName.test(name))
      return { problem: 'A preset is written "preset:" and its name, such as "preset:team".' };
    return { kind: 'preset', name, written, ...hash };
  }
  if (written.startsWith('npm:')) {
    const name = written.slice('npm:'.length);
    if (!packageName.test(name) || name.includes('..')) {
      return {
        problem: 'A package is written "npm:" and its name, such as "npm:@acme/routing-baseline", without a version.',
      };
    }
    return { kind: 'npm', packageName: name, written, ...hash };
  }
  if (/^\.\.?\//.test(written)) {
    if (/[\\\0]/.test(written)) return { problem: 'A path is written with "/", on every system.' };
    return { kind: 'file', written, ...hash };
  }
  return {
    problem: `A source is "./file.json", "preset:team", "npm:@acme/baseline" or an https address.${/^[\w.-]+\.jsonc?$/.test(written) ? ` Did you mean "./${written}"?` : ''}`,
  };
}

function readRemote(source: Exclude<PolicySource, string> | { readonly source: string }): SourceReference | Misspelt {
  const written = source.source;
  if (!URL.canParse(written)) return { problem: 'This is not an address.' };
  const url = new URL(written);
  if (url.protocol !== 'https:' && !isLoopback(url.hostname))
    return { problem: 'A policy is fetched over https only.' };
  if (url.username !== '' || url.password !== '')
    return { problem: 'An address may not carry a user name or password: everyone who reads this file would have it.' };
  url.hash = '';
  if ('integrity' in source) return { kind: 'remote', url, written, integrity: source.integrity };
  if (!('key' in source)) {
    return {
      problem:
        'A policy from the network needs an "integrity" (the hash of its bytes) or a "key" (that it is signed with).',
    };
  }
  if (readKey(source.key) === undefined)
    return { problem: 'The key is not an ed25519 public key: write "ed25519:" and the base64 of its 32 bytes.' };
  const refreshMs = durationOr(source.refresh, bounds.refreshMs);
  const maxStaleMs = durationOr(source.maxStale, bounds.maxStaleMs);
  return { kind: 'remote', url, written, signing: { key: source.key, refreshMs, maxStaleMs } };
}

function durationOr(written: string | undefined, otherwise: number): number {
  return written === undefined ? otherwise : (durationMs(written) ?? otherwise);
}

/** For people and for messages: as written, cut where it is too long to read. */
export function sourceWords(reference: SourceReference): string {
  return reference.written.length > 120 ? `${reference.written.slice(0, 117)}…` : reference.written;
}

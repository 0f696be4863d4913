import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';

const rawKeyBytes = 32;
const signatureBytes = 64;

/** The bytes' hash in the notation of `integrity`: `sha256-` and its base64. */
export function integrityOf(bytes: Uint8Array, algorithm: 'sha256' | 'sha384' | 'sha512' = 'sha256'): string {
  return `${algorithm}-${createHash(algorithm).update(bytes).digest('base64')}`;
}

/** Whether bytes have the hash that was written; false also for a notation that is none. */
export function hasIntegrity(bytes: Uint8Array, integrity: string): boolean {
  const algorithm = /^(sha(?:256|384|512))-/.exec(integrity)?.[1];
  if (algorithm !== 'sha256' && algorithm !== 'sha384' && algorithm !== 'sha512') return false;
  return integrityOf(bytes, algorithm) === integrity;
}

/** Reads `ed25519:` and the base64 (or base64url) of the raw public key; undefined when it is none. */
export function readKey(written: string): KeyObject | undefined {
  const raw = Buffer.from(written.replace(/^ed25519:/, ''), 'base64');
  if (raw.length !== rawKeyBytes) return undefined;
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' });
  } catch {
    return undefined; // thirty-two bytes that are no point of the curve
  }
}

/** What lies at a policy's address with `.sig` behind it: a serial that only rises, and a signature over it and the policy. */
export interface Signature {
  readonly serial: number;
  /** The raw 64 bytes. */
  readonly bytes: Buffer;
}

/** Reads a signature file: a line `serial N`, then the base64 of the signature. */
export function readSignature(text: string): Signature | undefined {
  const [, digits = '', base64 = ''] = /^serial ([1-9]\d{0,14})\r?\n([A-Za-z0-9+/\s]+={0,2})\s*$/.exec(text) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length === signatureBytes ? { serial: Number(digits), bytes } : undefined;
}

/** What is signed: the line with the serial, then the policy's bytes, so that neither can be exchanged by itself. */
export function signedBytes(serial: number, policy: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`serial ${serial}\n`), policy]);
}

export function isSigned(policy: Uint8Array, { serial, bytes }: Signature, key: string): boolean {
  const publicKey = readKey(key);
  return publicKey !== undefined && verify(null, signedBytes(serial, policy), publicKey, bytes);
}

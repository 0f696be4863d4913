import { createPrivateKey, createPublicKey, generateKeyPairSync, hkdfSync, type KeyObject, sign } from 'node:crypto';
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { signedBytes } from '../../router/policies/pins.ts';
import { errorCode } from '../../usage/writeResult.ts';

/** Under which name a data directory has the key that policies are signed with. */
export const SIGNING_KEY_FILE = 'policy-signing.pem';

const SEED_BYTES = 32;
/** How a private Ed25519 key begins in PKCS #8 (RFC 8410); the seed follows. */
const PKCS8_BEGIN = Buffer.from('302e020100300506032b657004220420', 'hex');

/** What signs policies. Each has a key of its own: one that was signed under one name is worth nothing under another. */
export interface SigningKeys {
  /** As a policy that extends it writes it: `ed25519:` and base64. */
  pin(orgId: number, name: string): string;
  /** The raw 64 bytes over the serial's line and the text. */
  sign(orgId: number, name: string, serial: number, text: Uint8Array): Buffer;
}

/** A file with a key cannot be used. The message is for people, and has nothing of the key. */
export class SigningKeyError extends Error {
  override readonly name = 'SigningKeyError';
}

/**
 * The keys that come from one private Ed25519 key in PEM (`openssl genpkey -algorithm ed25519`): those of policies are derived from
 * it by HKDF-SHA-256 (RFC 5869), each by its organisation and its name.
 *
 * @throws {SigningKeyError}
 */
export function signingKeys(pem: string): SigningKeys {
  const seed = seedOf(pem);
  const keyOf = (orgId: number, name: string): KeyObject => {
    const own = hkdfSync('sha256', seed, '', `routing-policy policy key\n${orgId}\n${name}`, SEED_BYTES);
    return createPrivateKey({ key: Buffer.concat([PKCS8_BEGIN, Buffer.from(own)]), format: 'der', type: 'pkcs8' });
  };
  return {
    pin: (orgId, name) => {
      const { x = '' } = createPublicKey(keyOf(orgId, name)).export({ format: 'jwk' });
      return `ed25519:${Buffer.from(x, 'base64url').toString('base64')}`;
    },
    sign: (orgId, name, serial, text) => sign(null, signedBytes(serial, text), keyOf(orgId, name)),
  };
}

function seedOf(pem: string): Buffer {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType !== 'ed25519') throw new SigningKeyError('It is a key, but not one of Ed25519.');
    return Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url');
  } catch (error) {
    if (error instanceof SigningKeyError) throw error;
    throw new SigningKeyError('It is no private key in PEM.');
  }
}

/**
 * Reads the file with the key, and makes it where there is none and one may be made.
 *
 * @param file readable by its owner alone
 * @param isOwn false: an operator has named it, so it must be there
 * @throws {SigningKeyError}
 */
export function readSigningKeys(file: string, isOwn: boolean): SigningKeys {
  try {
    if (isOwn) makeWhereMissing(file);
    const { mode } = statSync(file);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new SigningKeyError('Others can read it: chmod 600.');
    }
    return signingKeys(readFileSync(file, 'utf8'));
  } catch (error) {
    const why =
      error instanceof SigningKeyError ? error.message : `It could not be read (${errorCode(error) ?? error}).`;
    throw new SigningKeyError(`The key that policies are signed with (${file}) cannot be used. ${why}`);
  }
}

/** Of two that make it at once, the first one's holds. */
function makeWhereMissing(file: string): void {
  if (statSync(file, { throwIfNoEntry: false }) !== undefined) return;
  const { privateKey } = generateKeyPairSync('ed25519');
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600, flag: 'wx' });
    linkSync(draft, file);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

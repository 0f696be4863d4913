import { type Ground, relativePath, type TextRead } from './ground.ts';
import { readPackage } from './npmPolicy.ts';
import { type CopyTools, orKept } from './packageCopies.ts';
import { hasIntegrity, integrityOf } from './pins.ts';
import { readPreset } from './presetPolicy.ts';
import { type RemoteReference, type SourceReference, sourceWords } from './reference.ts';
import type { Contact, RemotePolicies, SourceState } from './remotePolicies.ts';

/** A file among others that it can name by their paths. */
export interface FilePlace {
  readonly ground: Ground;
  readonly path: string;
}

/** The text of one policy, from wherever it came. */
export interface SourceText {
  readonly text: string;
  /** For people. */
  readonly words: string;
  /** Two sources with one key are the same. */
  readonly key: string;
  /** Left out where the source is no file that lies among others. */
  readonly place?: FilePlace;
  readonly state: SourceState;
  /** In milliseconds since the epoch. */
  readonly usableUntil?: number;
}

/** Everything that decides what sources come to, to be looked at again before the next request. */
export interface Watched {
  readonly files: Set<string>;
  readonly remotes: Map<RemoteReference, Contact>;
  /** What they have said, in bytes together. */
  bytes: number;
  /** Until when what was taken from an earlier reading may be used, in milliseconds since the epoch; else infinite. */
  usableUntil: number;
}

/** Before anything is read. */
export function watchNothing(): Watched {
  return { files: new Set(), remotes: new Map(), bytes: 0, usableUntil: Number.POSITIVE_INFINITY };
}

export interface SourceTools extends CopyTools {
  readonly remote: RemotePolicies;
  /** For sources that the repository names; those of the machine's own baseline are asked in any folder. */
  readonly contact: Contact;
  readonly signal: AbortSignal | undefined;
  /** Of the request as well, and of how long it waits for the network. */
  readonly networkSignal: AbortSignal;
  readonly watched: Watched;
}

/** Who names a source. */
export interface SourceNamer {
  /** The naming file; undefined where it is none that lies among others. */
  readonly place: FilePlace | undefined;
  /** The folder where packages are looked for first. */
  readonly root: string;
  /** By the machine's baseline, directly or through others. */
  readonly isManaged: boolean;
}

type Found = { readonly kind: 'found'; readonly source: SourceText };
type NotFound = Exclude<TextRead, { kind: 'text' }>;

/**
 * Reads what an entry of `extends` names, and notes what its content rests on.
 *
 * @throws {GitError} only `aborted`
 */
export async function readSource(
  reference: SourceReference,
  namer: SourceNamer,
  tools: SourceTools,
): Promise<Found | NotFound | { readonly kind: 'unasked' }> {
  switch (reference.kind) {
    case 'file':
      return readFile(reference, namer.place, tools);
    case 'preset':
      return asWritten(reference, pinned(await readPreset(reference.name), reference.integrity));
    case 'npm': {
      if (namer.isManaged) return mistake(MANAGED_PACKAGE);
      const found = await readPackage(reference.packageName, namer.root);
      for (const file of found.watched) tools.watched.files.add(file);
      const installed = packagePinned(found.read, reference.integrity);
      const read = await orKept(installed, reference.written, reference.integrity, tools);
      if (read.kind !== 'kept') return asWritten(reference, read);
      const { text, state } = read;
      return { kind: 'found', source: { text, words: reference.written, key: reference.written, state } };
    }
    case 'remote': {
      const contact = namer.isManaged ? 'allowed' : tools.contact;
      tools.watched.remotes.set(reference, contact);
      const read = await tools.remote.read(reference, { contact, signal: tools.networkSignal });
      if (read.kind !== 'read') return read;
      const { text, state, usableUntil } = read;
      const until = usableUntil === undefined ? {} : { usableUntil };
      return {
        kind: 'found',
        source: { text, words: sourceWords(reference), key: reference.url.href, state, ...until },
      };
    }
    default:
      return reference satisfies never;
  }
}

const MANAGED_PACKAGE =
  'A baseline of the machine cannot name a package: which one is installed is up to each folder. Name a file or an address.';
const NO_NEIGHBOURS =
  'Only a file can name a file that lies next to it; what comes from elsewhere can name presets, packages and addresses.';
const LEADS_OUT =
  'It leads out of the folder that the policy belongs to. Copy it there, or name a package or an address.';

async function readFile(
  { written, integrity }: SourceReference,
  from: FilePlace | undefined,
  { watched, signal }: SourceTools,
): Promise<Found | NotFound> {
  if (from === undefined) return mistake(NO_NEIGHBOURS);
  const { ground } = from;
  const path = relativePath(from.path, written);
  if (path === undefined) return mistake(LEADS_OUT);
  const file = ground.watched(path);
  if (file !== undefined) watched.files.add(file);
  const read = pinned(await ground.read(path, signal), integrity);
  if (read.kind !== 'text') return read;
  const [words, key] = [`${path}${ground.words}`, keyOfFile(ground, path)];
  return { kind: 'found', source: { text: read.text, words, key, place: { ground, path }, state: { kind: 'fresh' } } };
}

export function keyOfFile(ground: Ground, path: string): string {
  return `${ground.id} ${path}`;
}

function asWritten({ written }: SourceReference, read: TextRead): Found | NotFound {
  if (read.kind !== 'text') return read;
  return { kind: 'found', source: { text: read.text, words: written, key: written, state: { kind: 'fresh' } } };
}

function mistake(message: string): NotFound {
  return { kind: 'mistake', message };
}

function pinned(read: TextRead, integrity: string | undefined): TextRead {
  if (read.kind !== 'text' || integrity === undefined || hasIntegrity(read.bytes, integrity)) return read;
  return mistake(`It does not have the hash that is pinned, but ${integrityOf(read.bytes)}.`);
}

/** What is installed can change without this repository: unpinned it is a mistake of the file, and another hash is not let in. */
function packagePinned(read: TextRead, integrity: string | undefined): TextRead {
  if (read.kind !== 'text') return read;
  const has = integrityOf(read.bytes);
  if (integrity === undefined) {
    return mistake(`A package needs an "integrity". What is installed has ${has}: read it, then pin that.`);
  }
  if (hasIntegrity(read.bytes, integrity)) return read;
  const message = `What is installed does not have the hash that is pinned, but ${has}. Read what changed there; then pin that.`;
  return { kind: 'unavailable', message };
}

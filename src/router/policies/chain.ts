import { createHash } from 'node:crypto';
import { compilePolicy } from '../../policy/compile.ts';
import type { CompiledPolicy } from '../../policy/compiled.ts';
import type { LayerOrigin, PolicyLayer } from '../../policy/layers.ts';
import { parsePolicy } from '../../policy/parse.ts';
import type { Policy, PolicySource } from '../../policy/schema.ts';
import { bounds } from './bounds.ts';
import { type Ground, relativePath, type TextRead } from './ground.ts';
import { type HomePlace, withHome } from './homeGlobs.ts';
import { layerName, UniqueNames } from './layerNames.ts';
import { readPackage } from './npmPolicy.ts';
import { hasIntegrity, integrityOf } from './pins.ts';
import { readPreset } from './presetPolicy.ts';
import { type RemoteReference, readReference, type SourceReference, sourceWords } from './reference.ts';
import type { Contact, RemotePolicies, SourceState } from './remotePolicies.ts';

/** A layer that was read, with what the person should know of its source. */
export interface ReadLayer extends Omit<PolicyLayer, 'of'> {
  /** The same for the same text among the same outer layers: such a layer need not stand twice. */
  readonly identity: string;
  readonly state: SourceState;
  /** Until when it may be used, in milliseconds since the epoch. */
  readonly usableUntil?: number;
}

/** The file that a reading begins with. */
export interface ChainStart {
  readonly text: string;
  readonly path: string;
  readonly ground: Ground;
  readonly origin: Exclude<LayerOrigin, 'extended'>;
  readonly name: string;
  readonly prefers: boolean;
}

/** What is wrong with one entry of the first file's `extends`, or with the file itself. */
export interface ChainIssue {
  /** The place in the list; undefined where it is the file itself. */
  readonly entry?: number;
  readonly kind: 'mistake' | 'unavailable';
  readonly message: string;
}

/** A file and all that it extends. The layers are the outermost first, the file's own last; none where there is a mistake. */
export interface Chain {
  readonly layers: readonly ReadLayer[];
  /** What the first file extends, as far as it could be read, whatever became of the file itself. */
  readonly extended: readonly ReadLayer[];
  readonly issues: readonly ChainIssue[];
}

/** Everything that decides what a chain comes to, to be looked at again before the next request. */
export interface Watched {
  readonly files: Set<string>;
  readonly remotes: Map<RemoteReference, Contact>;
}

/** What sources are read with. One for all chains of one request. */
export interface ChainTools {
  readonly remote: RemotePolicies;
  /** For sources that the repository names; those of the machine's own baseline are asked in any folder. */
  readonly contact: Contact;
  readonly signal: AbortSignal | undefined;
  /** Of the request as well, and of how long it waits for the network. */
  readonly networkSignal: AbortSignal;
  readonly home: HomePlace;
  readonly watched: Watched;
  /** By what was compiled: reading again what did not change costs no compilation. Bounded by its owner. */
  readonly compiled: Map<string, CompiledPolicy>;
}

/** Where the walk stands: a text, and how it was reached. */
interface Stop {
  readonly text: string;
  /** For people. */
  readonly words: string;
  /** Two stops with one key are the same source. */
  readonly key: string;
  /** Left out where the source is no file that lies among others. */
  readonly place?: { readonly ground: Ground; readonly path: string };
  readonly state: SourceState;
  readonly usableUntil?: number;
  /** How the layer is to be called. */
  readonly name: string;
  readonly origin: LayerOrigin;
  readonly prefers: boolean;
}

/** A mistake that somebody has to mend; it carries the way to where it is. */
class SourceMistake extends Error {
  override readonly name = 'SourceMistake';
}

/** What was read before this chain. */
export interface ChainSurroundings {
  /** The machine's baseline, which lies around every layer of the chain. */
  readonly outermost: readonly ReadLayer[];
  /** Layers of another reading: one that is the same here is taken from there, and their names are theirs. */
  readonly beside: readonly ReadLayer[];
}

/**
 * Reads a file and everything that it extends, directly and through others. Never throws for what the files say.
 *
 * @throws {GitError} only `aborted`
 */
export function readChain(start: ChainStart, tools: ChainTools, around: ChainSurroundings): Promise<Chain> {
  return new Walk(start, tools, around).run();
}

class Walk {
  readonly #start: ChainStart;
  readonly #tools: ChainTools;
  /** Layers by identity, those around included: what is the same is not read into a second layer. */
  readonly #byIdentity: Map<string, ReadLayer>;
  readonly #outermost: readonly ReadLayer[];
  readonly #names: UniqueNames;
  readonly #issues: ChainIssue[] = [];
  #extendedByFirst: readonly ReadLayer[] = [];
  #sources = 0;
  #bytes = 0;

  constructor(start: ChainStart, tools: ChainTools, { outermost, beside }: ChainSurroundings) {
    this.#start = start;
    this.#tools = tools;
    this.#outermost = outermost;
    const known = [...outermost, ...beside];
    this.#byIdentity = new Map(known.map((layer) => [layer.identity, layer]));
    this.#names = new UniqueNames(known.map(({ name }) => name));
  }

  async run(): Promise<Chain> {
    const { text, path, ground, origin, name, prefers } = this.#start;
    const place = { ground, path };
    const words = `${path}${ground.words}`;
    const first: Stop = {
      text,
      words,
      key: keyOfFile(ground, path),
      place,
      state: { kind: 'fresh' },
      name,
      origin,
      prefers,
    };
    try {
      const layers = await this.#visit(first, []);
      const isBroken = this.#issues.some(({ kind }) => kind === 'mistake');
      return { layers: isBroken ? [] : layers, extended: this.#extendedByFirst, issues: this.#issues };
    } catch (error) {
      if (!(error instanceof SourceMistake)) throw error;
      const issues: readonly ChainIssue[] = [...this.#issues, { kind: 'mistake', message: error.message }];
      return { layers: [], extended: this.#extendedByFirst, issues };
    }
  }

  /** The layers of a text, its own last. */
  async #visit(stop: Stop, way: readonly Stop[]): Promise<readonly ReadLayer[]> {
    const trail = [...way, stop];
    this.#count(stop, trail);
    const first = parsePolicy(stop.text, { unread: true });
    if (first.policy === undefined) throw new SourceMistake(`${trailWords(trail)}, ${firstError(first.diagnostics)}`);
    const outer = new Set<ReadLayer>();
    for (const [entry, source] of sourcesOf(first.policy).entries()) {
      for (const layer of await this.#entry(source, entry, trail)) outer.add(layer);
    }
    if (trail.length === 1) this.#extendedByFirst = [...outer];
    return [...outer, ...this.#layer(stop, trail, [...outer])];
  }

  /** One entry of `extends`. At the first file, mistakes are gathered, so that each is told at its place. */
  async #entry(source: PolicySource, entry: number, trail: readonly Stop[]): Promise<readonly ReadLayer[]> {
    const before = this.#issues.length;
    try {
      return await this.#extended(source, trail);
    } catch (error) {
      if (!(error instanceof SourceMistake) || trail.length > 1) throw error;
      this.#issues.push({ kind: 'mistake', message: error.message });
      return [];
    } finally {
      if (trail.length === 1) {
        for (const [at, issue] of this.#issues.entries()) if (at >= before) this.#issues[at] = { ...issue, entry };
      }
    }
  }

  async #extended(source: PolicySource, trail: readonly Stop[]): Promise<readonly ReadLayer[]> {
    const reference = readReference(source);
    const written = typeof source === 'string' ? source : source.source;
    if ('problem' in reference) throw new SourceMistake(`${trailWords(trail)} → ${cut(written)}: ${reference.problem}`);
    const read = await this.#read(reference, trail);
    if ('stop' in read) return this.#follow(read.stop, trail);
    const way = `${trailWords(trail)} → ${sourceWords(reference)}`;
    if (read.kind === 'unasked') return [this.#standIn(reference, `${way}: It was not fetched yet.`)];
    const message = `${way}: ${read.message}`;
    if (read.kind === 'mistake') throw new SourceMistake(message);
    this.#issues.push({ kind: 'unavailable', message });
    return [this.#standIn(reference, message)];
  }

  #follow(stop: Stop, trail: readonly Stop[]): Promise<readonly ReadLayer[]> {
    const repeated = trail.findIndex(({ key }) => key === stop.key);
    if (repeated < 0) return this.#visit(stop, trail);
    const circle = [...trail.slice(repeated), stop].map(({ words }) => words).join(' → ');
    throw new SourceMistake(`${trailWords(trail)}: "extends" leads in a circle: ${circle}. Remove one of these steps.`);
  }

  async #read(
    reference: SourceReference,
    trail: readonly Stop[],
  ): Promise<{ readonly stop: Stop } | Exclude<TextRead, { kind: 'text' }> | { readonly kind: 'unasked' }> {
    const { watched, signal, networkSignal } = this.#tools;
    const common = { name: layerName(reference), origin: 'extended', prefers: this.#start.prefers } as const;
    const fresh = { kind: 'fresh' } as const;
    switch (reference.kind) {
      case 'file': {
        const place = trail.at(-1)?.place;
        if (place === undefined)
          return {
            kind: 'mistake',
            message:
              'Only a file can name a file that lies next to it; what comes from elsewhere can name presets, packages and addresses.',
          };
        const path = relativePath(place.path, reference.written);
        if (path === undefined)
          return {
            kind: 'mistake',
            message:
              'It leads out of the folder that the policy belongs to. Copy it there, or name a package or an address.',
          };
        const file = place.ground.watched(path);
        if (file !== undefined) watched.files.add(file);
        const read = pinned(await place.ground.read(path, signal), reference.integrity);
        if (read.kind !== 'text') return read;
        const words = `${path}${place.ground.words}`;
        return {
          stop: {
            ...common,
            text: read.text,
            words,
            key: keyOfFile(place.ground, path),
            place: { ground: place.ground, path },
            state: fresh,
          },
        };
      }
      case 'preset': {
        const read = pinned(await readPreset(reference.name), reference.integrity);
        if (read.kind !== 'text') return read;
        return {
          stop: { ...common, text: read.text, words: reference.written, key: reference.written, state: fresh },
        };
      }
      case 'npm': {
        if (this.#start.origin === 'managed')
          return {
            kind: 'mistake',
            message:
              'A baseline of the machine cannot name a package: which one is installed is up to each folder. Name a file or an address.',
          };
        const found = await readPackage(reference.packageName, this.#start.ground.root);
        for (const file of found.watched) watched.files.add(file);
        const read = packagePinned(found.read, reference.integrity);
        if (read.kind !== 'text') return read;
        return {
          stop: { ...common, text: read.text, words: reference.written, key: reference.written, state: fresh },
        };
      }
      case 'remote': {
        const contact = this.#start.origin === 'managed' ? 'allowed' : this.#tools.contact;
        watched.remotes.set(reference, contact);
        const read = await this.#tools.remote.read(reference, { contact, signal: networkSignal });
        if (read.kind !== 'read') return read;
        const until = read.usableUntil === undefined ? {} : { usableUntil: read.usableUntil };
        return {
          stop: {
            ...common,
            text: read.text,
            words: sourceWords(reference),
            key: reference.url.href,
            state: read.state,
            ...until,
          },
        };
      }
    }
  }

  /** The layer of a text among those that it extends; nothing where it cannot be told what it says without one of them. */
  #layer(stop: Stop, trail: readonly Stop[], outer: readonly ReadLayer[]): readonly ReadLayer[] {
    const around = [...this.#outermost, ...outer];
    const { policy, diagnostics } = parsePolicy(stop.text, {
      outer: around.map((layer) => ({ ...layer, of: 'both' })),
    });
    if (policy === undefined) {
      const message = `${trailWords(trail)}, ${firstError(diagnostics)}`;
      // The names that it lacks may be those of a source that is away: that one forbids everything meanwhile.
      if (outer.some(({ state }) => state.kind === 'failed')) return [];
      throw new SourceMistake(message);
    }
    const identity = identityOf(
      JSON.stringify([stop.text, stop.origin === 'extended', around.map((layer) => layer.identity)]),
    );
    const known = this.#byIdentity.get(identity);
    if (known) return [known];
    const name = stop.name === '' ? '' : this.#names.take(stop.name);
    const layer: ReadLayer = {
      name,
      origin: stop.origin,
      source: stop.words,
      prefers: stop.prefers,
      policy: this.#compile(policy, stop, name, identity, around),
      identity,
      state: stop.state,
      ...(stop.usableUntil === undefined ? {} : { usableUntil: stop.usableUntil }),
    };
    this.#byIdentity.set(identity, layer);
    return [layer];
  }

  #compile(policy: Policy, stop: Stop, name: string, identity: string, around: readonly ReadLayer[]): CompiledPolicy {
    const { compiled, home } = this.#tools;
    // What lies around it has names, which are in its ids.
    const key = JSON.stringify([name, identity, home.root, around.map((layer) => layer.name)]);
    const known = compiled.get(key);
    if (known) return known;
    const isBaseline = stop.origin === 'managed' || stop.origin === 'extended';
    const meant = isBaseline ? withHome(policy, home) : policy;
    const made = compilePolicy(meant, hash(stop.text), {
      name,
      outer: around.map((layer) => ({ ...layer, of: 'both' })),
    });
    compiled.set(key, made);
    return made;
  }

  /** Stands where a source cannot be loaded and there is no copy: nothing is sent to anyone without its rules. */
  #standIn(reference: SourceReference, message: string): ReadLayer {
    const identity = `unavailable ${reference.written}`;
    const known = this.#byIdentity.get(identity);
    if (known) return known;
    const layer = forbidding({
      name: this.#names.take(layerName(reference)),
      source: sourceWords(reference),
      origin: 'extended',
      identity,
      problem: message,
    });
    this.#byIdentity.set(identity, layer);
    return layer;
  }

  #count(stop: Stop, trail: readonly Stop[]): void {
    this.#sources += 1;
    this.#bytes += Buffer.byteLength(stop.text);
    const where = trailWords(trail);
    if (trail.length > bounds.depth)
      throw new SourceMistake(
        `${where}: policies extend each other over more than ${bounds.depth} files. Name the last one directly.`,
      );
    if (this.#sources > bounds.sources)
      throw new SourceMistake(`${where}: this comes to more than ${bounds.sources} policies. Extend fewer.`);
    if (this.#bytes > bounds.bytesInAll)
      throw new SourceMistake(
        `${where}: the policies come to more than ${bounds.bytesInAll} bytes together. Extend fewer.`,
      );
  }
}

/** A layer under which nothing is sent, because rules that apply are not known. In `observe` and `warn` it is told. */
export function forbidding(given: {
  readonly name: string;
  readonly source: string;
  readonly origin: LayerOrigin;
  readonly identity: string;
  readonly problem: string;
}): ReadLayer {
  const { name, source, origin, identity, problem } = given;
  const policy: Policy = {
    version: 1,
    default: 'local/workspace-copy',
    constraints: [
      {
        id: 'not-loaded',
        block: true,
        reason: `A policy that applies here could not be loaded, so nothing is sent: ${problem}`.slice(0, 1_900),
      },
    ],
  };
  return {
    name,
    origin,
    source,
    prefers: false,
    policy: compilePolicy(policy, hash(identity), { name }),
    identity,
    state: { kind: 'failed', problem },
  };
}

function pinned(read: TextRead, integrity: string | undefined): TextRead {
  if (read.kind !== 'text' || integrity === undefined || hasIntegrity(read.bytes, integrity)) return read;
  return { kind: 'mistake', message: `It does not have the hash that is pinned, but ${integrityOf(read.bytes)}.` };
}

/** What is installed can change without this repository: unpinned it is a mistake of the file, and another hash is not let in. */
function packagePinned(read: TextRead, integrity: string | undefined): TextRead {
  if (read.kind !== 'text') return read;
  const has = integrityOf(read.bytes);
  if (integrity === undefined)
    return {
      kind: 'mistake',
      message: `A package needs an "integrity". What is installed has ${has}: read it, then pin that.`,
    };
  if (hasIntegrity(read.bytes, integrity)) return read;
  return {
    kind: 'unavailable',
    message: `What is installed does not have the hash that is pinned, but ${has}. Read what changed there; then pin that.`,
  };
}

function sourcesOf({ extends: named }: Policy): readonly PolicySource[] {
  if (named === undefined) return [];
  return Array.isArray(named) ? named : [named];
}

function firstError(diagnostics: ReturnType<typeof parsePolicy>['diagnostics']): string {
  const error = diagnostics.find(({ severity }) => severity === 'error');
  return error ? `line ${error.range.line}, column ${error.range.column}: ${error.message}` : 'it could not be read';
}

function trailWords(trail: readonly Stop[]): string {
  return trail.map(({ words }) => words).join(' → ');
}

function keyOfFile(ground: Ground, path: string): string {
  return `${ground.id} ${path}`;
}

function cut(text: string): string {
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}

/** Whole: one layer is left out for another of the same identity, and nobody may be able to make two that share one. */
function identityOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

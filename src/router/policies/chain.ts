import { createHash } from 'node:crypto';
import { compilePolicy } from '../../policy/compile.ts';
import type { CompiledPolicy } from '../../policy/compiled.ts';
import type { LayerOrigin, PolicyLayer } from '../../policy/layers.ts';
import { type ParsedPolicy, parsePolicy } from '../../policy/parse.ts';
import type { Policy, PolicySource } from '../../policy/schema.ts';
import { bounds } from './bounds.ts';
import type { Ground } from './ground.ts';
import { type HomePlace, withHome } from './homeGlobs.ts';
import { layerName, UniqueNames } from './layerNames.ts';
import { keyOfFile, readSource, type SourceText, type SourceTools } from './readSource.ts';
import { readReference, type SourceReference, sourceWords } from './reference.ts';
import type { SourceState } from './remotePolicies.ts';

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

/** What a chain is read with. One for all chains of one request. */
export interface ChainTools extends SourceTools {
  readonly home: HomePlace;
  /** By what was compiled: reading again what did not change costs no compilation. Bounded by its owner. */
  readonly compiled: Map<string, CompiledPolicy>;
  /** The same for what was parsed without a mistake. Left out: it is parsed each time. */
  readonly parsed?: Map<string, Policy>;
}

/** Where the walk stands: a text, and how its layer is to be called. */
interface Stop extends SourceText {
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
    if (!mayExtend(stop.text)) return this.#layer(stop, trail, []);
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
    const { ground, origin } = this.#start;
    const from = { place: trail.at(-1)?.place, root: ground.root, isManaged: origin === 'managed' };
    const read = await readSource(reference, from, this.#tools);
    if (read.kind === 'found') {
      const layer = { name: layerName(reference), origin: 'extended', prefers: this.#start.prefers } as const;
      return this.#follow({ ...read.source, ...layer }, trail);
    }
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

  /** The layer of a text among those that it extends; nothing where it cannot be told what it says without one of them. */
  #layer(stop: Stop, trail: readonly Stop[], outer: readonly ReadLayer[]): readonly ReadLayer[] {
    const around = [...this.#outermost, ...outer];
    const identity = identityOf(
      JSON.stringify([stop.text, stop.origin === 'extended', around.map((layer) => layer.identity)]),
    );
    const known = this.#byIdentity.get(identity);
    if (known) return [known];
    const { policy, diagnostics } = this.#parse(stop, identity, around);
    if (policy === undefined) {
      const message = `${trailWords(trail)}, ${firstError(diagnostics)}`;
      // The names that it lacks may be those of a source that is away: that one forbids everything meanwhile.
      if (outer.some(({ state }) => state.kind === 'failed')) return [];
      throw new SourceMistake(message);
    }
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

  #parse(stop: Stop, identity: string, around: readonly ReadLayer[]): Pick<ParsedPolicy, 'policy' | 'diagnostics'> {
    const { parsed } = this.#tools;
    // It may use what lies around it by its name.
    const key = JSON.stringify([identity, around.map((layer) => layer.name)]);
    const known = parsed?.get(key);
    if (known) return { policy: known, diagnostics: [] };
    const read = parsePolicy(stop.text, { outer: around.map((layer) => ({ ...layer, of: 'both' })) });
    if (read.policy) parsed?.set(key, read.policy);
    return read;
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
    const bytes = Buffer.byteLength(stop.text);
    this.#bytes += bytes;
    this.#tools.watched.bytes += bytes;
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

/** Whether a text has the word, or an escape that may stand for a part of it: all others are read once and not twice. */
function mayExtend(text: string): boolean {
  return text.includes('extends') || text.includes('\\');
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

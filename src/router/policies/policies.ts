import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, parse } from 'node:path';
import type { CompiledPolicy } from '../../policy/compiled.ts';
import type { PolicyLayer } from '../../policy/layers.ts';
import type { Policy } from '../../policy/schema.ts';
import { GitError } from '../../workspace/gitError.ts';
import { lookAtLink } from '../../workspace/look.ts';
import { mergedCommit, POLICY_FILE, type PolicyFile } from '../../workspace/policyFile.ts';
import { fileKey } from '../../workspace/repository.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import { Recent } from '../recent.ts';
import { bounds } from './bounds.ts';
import { type Chain, type ChainIssue, type ChainTools, type ReadLayer, readChain } from './chain.ts';
import { layeredOf, localOnly, type Readings, reportsOf, stackOf } from './compose.ts';
import { KeptCopies } from './copies.ts';
import type { Fetch } from './download.ts';
import { diskGround, readOnDisk } from './ground.ts';
import { slashed } from './homeGlobs.ts';
import type { PolicyInForce } from './inForce.ts';
import { hasBaseline, MANAGED_FILE, managedFolders } from './managed.ts';
import { MergedCopies } from './mergedCopies.ts';
import { groundOf, MergedPolicies, mistakeIn, readFound, rethrowAborted } from './mergedPolicies.ts';
import { type Watched, watchNothing } from './readSource.ts';
import { type Contact, RemotePolicies } from './remotePolicies.ts';

/** What the process that owns the policies gives them. */
export interface PoliciesPorts {
  /** The process's way out; left out: policies on the network are read from kept copies only. */
  readonly fetch?: Fetch | undefined;
  /** Where last good copies are kept; left out: nowhere. */
  readonly stateFolder?: string | undefined;
  /** Where the machine's baseline may lie; the platform's own places unless told. */
  readonly managedFolders?: readonly string[];
  /** Whether the folders that are open are trusted: for others nothing on the network is contacted. Yes unless told. */
  readonly trusted?: () => boolean;
  readonly now?: () => number;
  /** A clock that nobody sets, in milliseconds. */
  readonly elapsed?: () => number;
}

/** What lies around a text that is being edited. */
export interface Draft {
  readonly outer: readonly PolicyLayer[];
  /** False where a source is away, which may define names that the text uses. */
  readonly isComplete: boolean;
  /** What is wrong with entries of its `extends`. */
  readonly issues: readonly ChainIssue[];
}

interface Remembered {
  readonly key: string | undefined;
  readonly watched: Watched;
  /** When this key was first seen, and when the texts were last read, in milliseconds of the monotonic clock. */
  readonly seenAt: number;
  readonly readAt: number;
  readonly inForce: PolicyInForce;
  /** Which reading it was, in the order in which they began. */
  readonly turn: number;
}

interface LastGood {
  readonly layers: readonly ReadLayer[];
  readonly bytes: number;
}

/** What reading a place's policies came to. */
interface Reading extends Pick<Remembered, 'inForce'> {
  /** The last sound reading of the repository's own file. */
  readonly lastGood: readonly ReadLayer[] | undefined;
  /** Git did not answer: nothing of it is believed for another request. */
  readonly isPassing: boolean;
}

/** A file's time is no finer than its disk's: a key is believed once the texts were read again this much later. */
const grainMs = 50;

/**
 * Which policies are in force in each repository, and on this machine where there is none. Looked at before every request,
 * which costs a few `stat`s while nothing changed, so that a saved policy holds for the very next request.
 */
export class Policies {
  /** By the repository's root. */
  readonly #known = new Recent<Remembered>({
    entries: bounds.places,
    characters: { most: bounds.placesBytes, of: ({ watched }) => watched.bytes },
  });
  /** The last sound readings of repositories' own files, by their roots: they hold where such a file is broken. */
  readonly #lastGood = new Recent<LastGood>({
    entries: bounds.lastGood,
    characters: { most: bounds.placesBytes, of: ({ bytes }) => bytes },
  });
  readonly #compiled = new Map<string, CompiledPolicy>();
  readonly #parsed = new Map<string, Policy>();
  readonly #copies: KeptCopies;
  readonly #merged: MergedPolicies;
  readonly #remote: RemotePolicies;
  readonly #managedFolders: readonly string[];
  readonly #trusted: () => boolean;
  readonly #now: () => number;
  readonly #elapsed: () => number;
  /** The latest moment that the wall's clock has shown, and when that was by the clock that nobody sets. */
  #latest = { at: Number.NEGATIVE_INFINITY, elapsed: 0 };
  #lastManaged: { readonly layers: readonly ReadLayer[] | undefined; readonly turn: number } = {
    layers: undefined,
    turn: 0,
  };
  #turns = 0;

  constructor(ports: PoliciesPorts = {}) {
    this.#now = ports.now ?? (() => Date.now());
    this.#trusted = ports.trusted ?? (() => true);
    this.#managedFolders = ports.managedFolders ?? managedFolders();
    this.#copies = new KeptCopies(ports.stateFolder);
    this.#merged = new MergedPolicies(new MergedCopies(ports.stateFolder));
    this.#elapsed = ports.elapsed ?? (() => performance.now());
    const clocks = { now: this.#now, elapsed: this.#elapsed };
    this.#remote = new RemotePolicies({ fetch: ports.fetch, copies: this.#copies, ...clocks });
  }

  /**
   * @param workspace undefined where no folder is open: the machine's baseline holds there too
   * @throws {GitError} only `aborted`: what git cannot tell is a problem with the policy, and said so
   */
  async inForce(workspace: Workspace | undefined, signal?: AbortSignal): Promise<PolicyInForce> {
    const place = workspace?.root ?? '';
    const before = this.#known.get(place);
    const key = before && (await this.#key(workspace, before.watched, signal));
    const isSame = before !== undefined && key !== undefined && before.key === key && this.#isUsable(before.watched);
    if (isSame && before.readAt - before.seenAt >= grainMs) {
      // It is in use, though nothing is read.
      this.#lastGood.get(place);
      return before.inForce;
    }
    const readAt = performance.now();
    const turn = this.#nextTurn();
    const watched = watchNothing();
    const good = this.#lastGood.get(place);
    const read = await this.#read(workspace, good?.layers, watched, signal);
    if (signal?.aborted) throw new GitError('aborted', 'The request was cancelled while its policies were read.');
    const { inForce, lastGood, isPassing } = read;
    // Of files that were not watched before, the next look tells whether they changed meanwhile.
    const found = isSame ? key : await this.#key(workspace, watched, signal);
    // One that waited for the network says nothing of what was saved, and read, since it began.
    if ((this.#known.get(place)?.turn ?? 0) > turn) return inForce;
    if (lastGood === undefined) this.#lastGood.delete(place);
    else if (lastGood !== good?.layers) this.#lastGood.set(place, { layers: lastGood, bytes: watched.bytes });
    this.#known.set(place, {
      inForce,
      watched,
      key: isPassing ? undefined : found,
      seenAt: isSame ? before.seenAt : readAt,
      readAt,
      turn,
    });
    return inForce;
  }

  /**
   * What a text would extend if it were the repository's own file, for whoever edits it. Nothing is fetched for it.
   *
   * @throws {GitError} only `aborted`
   */
  async draft(workspace: Workspace, text: string, signal?: AbortSignal): Promise<Draft> {
    const tools = this.#tools(workspace, 'not-yet', watchNothing(), signal);
    const managed = await this.#managed(tools);
    const ground = diskGround(workspace.root);
    const start = { text, path: POLICY_FILE, ground, origin: 'repository', name: '', prefers: true } as const;
    const { extended, issues } = await readChain(start, tools, { outermost: managed, beside: [] });
    this.#forgetSome();
    return {
      outer: stackOf({ managed, working: extended, committed: undefined }),
      isComplete: extended.every(({ state }) => state.kind !== 'failed'),
      issues: issues.filter(({ entry }) => entry !== undefined),
    };
  }

  /** The path of the repository's own file, whether or not it exists. */
  path(workspace: Workspace): string {
    return join(workspace.root, POLICY_FILE);
  }

  /** Stops what is being fetched. */
  dispose(): Promise<void> {
    return this.#remote.dispose();
  }

  /** All that decides what is in force, as one text; undefined where that cannot be told, so that it is read anew. */
  async #key(
    workspace: Workspace | undefined,
    { files, remotes }: Watched,
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    const parts = [...files].map(async (path) => `${path} ${await keyAt(path)}`);
    const asked = [...remotes].map(([reference, contact]) => this.#remote.key(reference, contact));
    const head = workspace?.place.kind === 'git' ? await workspace.head(signal).catch(rethrowAborted) : {};
    if (head === undefined) return undefined;
    const merged = mergedCommit(head);
    const commits = `${head.commit ?? '-'} ${merged?.from} ${merged?.commit ?? '-'} ${this.#trusted()}`;
    return [...(await Promise.all([...parts, ...asked])), commits].join('\n');
  }

  async #read(
    workspace: Workspace | undefined,
    lastGood: readonly ReadLayer[] | undefined,
    watched: Watched,
    signal: AbortSignal | undefined,
  ): Promise<Reading> {
    const tools = this.#tools(workspace, this.#trusted() ? 'allowed' : 'untrusted', watched, signal);
    const managed = await this.#managed(tools);
    const read = workspace ? await this.#repository(workspace, managed, lastGood, tools) : undefined;
    this.#forgetSome();
    if (read) return read;
    const readings: Readings = { managed, working: [], committed: undefined };
    return { inForce: withoutFile(readings, watched), lastGood: undefined, isPassing: false };
  }

  #tools(
    workspace: Workspace | undefined,
    contact: Contact,
    watched: Watched,
    signal: AbortSignal | undefined,
  ): ChainTools {
    const waited = AbortSignal.timeout(bounds.waitMs);
    return {
      remote: this.#remote,
      copies: this.#copies,
      now: this.#now,
      contact,
      signal,
      networkSignal: signal ? AbortSignal.any([signal, waited]) : waited,
      home: { home: slashed(homedir()), root: slashed(workspace?.root ?? homedir()) },
      watched,
      compiled: this.#compiled,
      parsed: this.#parsed,
    };
  }

  async #repository(
    workspace: Workspace,
    managed: readonly ReadLayer[],
    lastGood: readonly ReadLayer[] | undefined,
    tools: ChainTools,
  ): Promise<Reading> {
    tools.watched.files.add(this.path(workspace));
    const file = await policyFileOf(workspace, tools.signal);
    const own = await this.#own(workspace, file, managed, lastGood, tools);
    const merged = await this.#merged.read(workspace, { managed, working: own.layers }, tools);
    // Where neither is known, saying once that nothing leaves the machine is enough.
    const isTold = own.kind === 'local-only' && merged.isUnknown === true;
    const readings: Readings = { managed, working: own.layers, committed: isTold ? undefined : merged.layers };
    const kept = {
      lastGood: own.kind === 'local-only' ? undefined : own.layers,
      isPassing: merged.isPassing === true || file.kind === 'unknown',
    };
    if (own.kind === 'none') return { ...kept, lastGood, inForce: withoutFile(readings, tools.watched) };
    const { layers: _, ...found } = own;
    const whole = { policy: layeredOf(stackOf(readings)), layers: [...reportsOf(readings), ...merged.notes] };
    if (own.kind !== 'in-force') return { ...kept, inForce: { ...found, ...whole } };
    return { ...kept, inForce: { ...found, ...whole, ...networkOf(tools.watched) } };
  }

  /** The machine's baseline. One with a mistake is the last good one, else only models on this machine are used. */
  async #managed(tools: ChainTools): Promise<readonly ReadLayer[]> {
    const turn = this.#nextTurn();
    for (const folder of this.#managedFolders) {
      const path = join(folder, MANAGED_FILE);
      // Of a folder that is not there nothing is looked at but whether it comes.
      tools.watched.files.add(folder);
      if (!(await hasBaseline(folder))) continue;
      tools.watched.files.add(path);
      const ground = diskGround(await realpath(folder).catch(() => folder));
      // The administrator may have made it a link to wherever they keep it.
      const file = await readOnDisk(parse(folder).root, path);
      const chain: Chain =
        file.kind === 'text'
          ? await readChain(
              { text: file.text, path: MANAGED_FILE, ground, origin: 'managed', name: 'managed', prefers: true },
              tools,
              { outermost: [], beside: [] },
            )
          : { layers: [], extended: [], issues: [{ kind: 'mistake', message: `${path}: ${file.message}` }] };
      const mistake = mistakeIn(chain);
      if (mistake === undefined) {
        this.#rememberManaged(chain.layers, turn);
        return chain.layers;
      }
      const good = this.#stillUsable(this.#lastManaged.layers, tools.watched);
      if (good) return good.map((layer) => ({ ...layer, state: { kind: 'failed', problem: mistake } }));
      return [localOnly({ name: 'managed', origin: 'managed', source: path, prefers: false }, mistake)];
    }
    this.#rememberManaged(undefined, turn);
    return [];
  }

  #rememberManaged(layers: readonly ReadLayer[] | undefined, turn: number): void {
    if (turn > this.#lastManaged.turn) this.#lastManaged = { layers, turn };
  }

  /** The repository's own file with what it extends, or what holds in its place while it has a mistake. */
  async #own(
    workspace: Workspace,
    file: PolicyFile | Unknown,
    managed: readonly ReadLayer[],
    lastGood: readonly ReadLayer[] | undefined,
    tools: ChainTools,
  ): Promise<Own> {
    if (file.kind === 'none') return { kind: 'none', layers: [] };
    let problem: string;
    if (file.kind === 'found') {
      const read = await readFound(file.text, groundOf(workspace, file), managed, tools);
      this.#nowAtLeast();
      if (read.layers) return { kind: 'in-force', from: file.from, layers: read.layers };
      problem = read.problem;
    } else problem = file.message;
    const good = this.#stillUsable(lastGood, tools.watched) ?? (await this.#merged.alone(workspace, managed, tools));
    if (good) return { kind: 'last-good', problem, layers: good };
    const nothing = localOnly({ name: '', origin: 'repository', source: POLICY_FILE, prefers: true }, problem);
    return { kind: 'local-only', problem, layers: [nothing] };
  }

  /** Layers of an earlier reading, unless one of them may no longer be used without its source's word. */
  #stillUsable(layers: readonly ReadLayer[] | undefined, watched: Watched): readonly ReadLayer[] | undefined {
    if (layers === undefined) return undefined;
    const usableUntil = Math.min(...layers.map((layer) => layer.usableUntil ?? Number.POSITIVE_INFINITY));
    if (usableUntil < this.#nowAtLeast()) return undefined;
    watched.usableUntil = Math.min(watched.usableUntil, usableUntil);
    return layers;
  }

  #isUsable({ usableUntil }: Watched): boolean {
    return usableUntil === Number.POSITIVE_INFINITY || this.#nowAtLeast() <= usableUntil;
  }

  #nextTurn(): number {
    this.#turns += 1;
    return this.#turns;
  }

  /** A wall's clock that is set back makes nothing usable for longer. */
  #nowAtLeast(): number {
    const elapsed = this.#elapsed();
    const at = Math.max(this.#now(), this.#latest.at + elapsed - this.#latest.elapsed);
    this.#latest = { at, elapsed };
    return at;
  }

  #forgetSome(): void {
    for (const known of [this.#compiled, this.#parsed]) {
      for (const key of known.keys()) {
        if (known.size <= bounds.compiled) break;
        known.delete(key);
      }
    }
  }
}

/** What the repository's own file comes to. */
type Own = (
  | { readonly kind: 'none' }
  | { readonly kind: 'in-force'; readonly from: 'working-tree' | 'head' | 'default-branch' }
  | { readonly kind: 'last-good' | 'local-only'; readonly problem: string }
) & { readonly layers: readonly ReadLayer[] };

/** What a file's content rests on as a text: a link that leads nowhere is no missing file. */
async function keyAt(path: string): Promise<string> {
  const key = await fileKey(path);
  if (key !== undefined) return key;
  const link = await lookAtLink(path);
  return link === undefined ? '-' : `link ${link.ino}:${link.ctimeNs}`;
}

/** No file of a repository, but perhaps a baseline. */
function withoutFile(readings: Readings, watched: Watched): PolicyInForce {
  if (readings.managed.length === 0) return { kind: 'none' };
  const policy = layeredOf(stackOf(readings));
  return { kind: 'in-force', from: 'managed', policy, layers: reportsOf(readings), ...networkOf(watched) };
}

function networkOf({ remotes }: Watched): { readonly ofNetwork?: true } {
  return remotes.size === 0 ? {} : { ofNetwork: true };
}

/** Whether there is a policy could not be found out: that is no leave to do without. */
interface Unknown {
  readonly kind: 'unknown';
  readonly message: string;
}

async function policyFileOf(workspace: Workspace, signal: AbortSignal | undefined): Promise<PolicyFile | Unknown> {
  try {
    return await workspace.policyFile(signal);
  } catch (error) {
    rethrowAborted(error);
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: 'unknown', message: `Whether ${POLICY_FILE} is committed here could not be found out: ${reason}` };
  }
}

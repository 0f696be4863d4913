import { randomBytes } from 'node:crypto';
import { RepeatedBodies } from '../chat/repeated-body.ts';
import type { GatewaySighting } from '../contract/messages.ts';
import { gatewayToken } from '../usage/gatewayToken.ts';
import { type ClientDialects, clientDialects } from './dialects.ts';
import { type Following, follow } from './follow.ts';
import { type GatewayRouter, handle } from './handler.ts';
import { type Hold, HolderBook } from './holderBook.ts';
import { type HolderWatch, watchHolder } from './holderWatch.ts';
import { type GatewayLimits, gatewayLimits } from './limits.ts';
import { type HeldPort, type Listening, listen } from './listen.ts';
import { Meter } from './meter.ts';
import { OpenRoots } from './openRoots.ts';
import { probe } from './proof.ts';
import { Sightings } from './sightings.ts';
import { WrittenItems } from './writtenItems.ts';

/** Between two attempts to take a port that another holds, in milliseconds: a holder that dies is followed within a second. */
const RETRY_MS = 300;
const RETRY_JITTER_MS = 200;
const LEAST_WAIT_MS = 50;
/** How often it is asked who holds it. */
const PROBE_MS = 5_000;

const LOST =
  'A gateway of yours held it until now: clients that were pointed there may send that program what is meant for the gateway, its token included. End them; if it was not yours, delete the file gateway-token in the state folder, reload your windows, and connect clients anew.';

export interface GatewayOptions {
  readonly router: GatewayRouter;
  /** 0: any free port, and alone: no other process's folders, and no taking over. */
  readonly port: number;
  /** Absolute paths of the folders that this process serves. */
  readonly roots: readonly string[];
  /** Shared with this user's other processes; without one the gateway stands alone with a token of its own. */
  readonly stateFolder: string | undefined;
  readonly version: string;
  readonly dialects?: ClientDialects;
  readonly limits?: Partial<GatewayLimits>;
  knowsProvider(id: string): boolean;
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string): void;
  /** Told of the folders that are served from now on, this process's first; requests wait for it. */
  rootsKnown?(roots: readonly string[]): Promise<void>;
  /** Told of each request, whichever of this user's processes serves it. `isOwn`: this one does. */
  seen?(sighting: GatewaySighting, isOwn: boolean): void;
  /** Told when it stands otherwise than before. */
  stands?(standing: Standing): void;
}

/**
 * Where this process stands. `serving`: it holds the port. `joined`: another of this user's processes does, and serves this
 * one's folders too. `foreign`: something else does. `away`: the port cannot be held at all.
 */
export type Standing =
  | { readonly kind: 'serving' | 'joined'; readonly url: string; readonly token: string }
  | { readonly kind: 'foreign' | 'away'; readonly reason: string };

export interface Gateway {
  /** Where it stands when that is first known. */
  readonly ready: Promise<Standing>;
  standing(): Standing | undefined;
  setRoots(roots: readonly string[]): void;
  /** The folders that the gateway serves for all of this user's processes. */
  allRoots(): readonly string[];
  dispose(): Promise<void>;
}

/**
 * Opens the gateway, or joins the one that is open: all of this user's routers are behind one port, and when the one that
 * holds it goes, another takes it.
 *
 * @throws when the token can neither be read nor made
 */
export function startGateway(options: GatewayOptions): Gateway {
  return new Seat(options);
}

class Seat implements Gateway {
  readonly ready: Promise<Standing>;
  readonly #options: GatewayOptions;
  readonly #token: string;
  readonly #limits: GatewayLimits;
  readonly #meter = new Meter();
  readonly #sightings = new Sightings();
  readonly #bodies = new RepeatedBodies();
  readonly #writtenItems = new WrittenItems();
  readonly #shared: OpenRoots | undefined;
  readonly #book: HolderBook | undefined;
  readonly #stop = new AbortController();
  readonly #sitting: Promise<void>;
  #roots: readonly string[];
  #served = '';
  #held: HeldPort | undefined;
  #hold: Hold | undefined;
  #standing: Standing | undefined;
  #settle: (standing: Standing) => void = () => undefined;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#limits = { ...gatewayLimits, ...options.limits };
    this.#roots = options.roots;
    if (options.seen) this.#sightings.listen((sighting) => options.seen?.(sighting, true));
    const { stateFolder } = options;
    this.#token = stateFolder === undefined ? randomBytes(32).toString('hex') : gatewayToken(stateFolder);
    const isShared = stateFolder !== undefined && options.port !== 0;
    this.#shared = isShared ? new OpenRoots(stateFolder) : undefined;
    this.#book = isShared ? new HolderBook(stateFolder) : undefined;
    this.setRoots(options.roots);
    this.ready = new Promise((settle) => {
      this.#settle = settle;
    });
    this.#sitting = this.#sit();
  }

  standing(): Standing | undefined {
    return this.#standing;
  }

  setRoots(roots: readonly string[]): void {
    this.#roots = roots;
    try {
      this.#shared?.announce(roots);
    } catch (error) {
      this.#options.log('warn', `The open folders could not be told to the gateway: ${String(error)}`);
    }
  }

  allRoots(): readonly string[] {
    return this.#shared?.all() ?? this.#roots;
  }

  async dispose(): Promise<void> {
    this.#stop.abort();
    this.#shared?.dispose();
    await this.#sitting;
    // While it is held still: afterwards the line may be another's.
    if (this.#held !== undefined) this.#book?.erase(this.#held.port);
    await this.#held?.close();
  }

  /** Tries to hold the port until it does, or is to stop. */
  async #sit(): Promise<void> {
    const { port } = this.#options;
    let probedAt = Number.NEGATIVE_INFINITY;
    let watch: HolderWatch | undefined;
    let following: Following | undefined;
    let hold: Hold | undefined;
    while (!this.#stop.signal.aborted) {
      const listening = await this.#listen();
      if (listening.kind === 'held') {
        watch?.end();
        following?.end();
        this.#held = listening.held;
        this.#stand({ kind: 'serving', url: urlOf(listening.held.port), token: this.#token });
        return;
      }
      if (listening.kind === 'away') this.#stand({ kind: 'away', reason: listening.reason });
      else if (performance.now() - probedAt >= PROBE_MS) {
        const holder = await probe(port, this.#token, this.#book, this.#stop.signal);
        if (this.#stop.signal.aborted) break;
        // While one takes over nobody answers: asked again at once.
        if (holder.kind !== 'away') probedAt = performance.now();
        hold = holder.kind === 'ours' ? holder.hold : undefined;
        if (holder.kind === 'ours') this.#stand({ kind: 'joined', url: urlOf(port), token: this.#token });
        if (holder.kind === 'foreign' || holder.kind === 'silent') {
          this.#stand({ kind: 'foreign', reason: heldReason(port, holder.kind) });
        }
      }
      // It may be another's by now: what is pointed there shall not be for longer than it takes to ask.
      if (watch?.gone.aborted || following?.gone.aborted) probedAt = Number.NEGATIVE_INFINITY;
      if (watch?.gone.aborted) watch = undefined;
      if (following?.gone.aborted) following = undefined;
      if (hold !== undefined) {
        watch ??= watchHolder(port);
        following ??= follow(hold, this.#token, (sighting) => this.#options.seen?.(sighting, false));
      }
      // A holder that turns silent connections away at once shall not make this one turn in circles.
      await sleep(LEAST_WAIT_MS, [this.#stop.signal]);
      await sleep(RETRY_MS + Math.random() * RETRY_JITTER_MS, [this.#stop.signal, ...(watch ? [watch.gone] : [])]);
    }
    watch?.end();
    following?.end();
  }

  #listen(): Promise<Listening> {
    const { router, dialects = clientDialects, version, knowsProvider, log } = this.#options;
    const ground = {
      router,
      dialects,
      version,
      knowsProvider,
      log,
      roots: (fresh?: boolean) => this.#rootsNow(fresh),
      token: this.#token,
      limits: this.#limits,
      meter: this.#meter,
      sightings: this.#sightings,
      bodies: this.#bodies,
      writtenItems: this.#writtenItems,
      hold: () => this.#hold,
    };
    const bound = (port: number): void => this.#writeDown(port);
    return listen(this.#options.port, this.#limits, bound, (request, response, exchange) =>
      handle(ground, request, response, exchange),
    );
  }

  #writeDown(port: number): void {
    try {
      this.#hold = this.#book?.write(port);
    } catch (error) {
      this.#options.log('warn', `Other processes of yours cannot know this gateway for yours: ${String(error)}`);
    }
  }

  async #rootsNow(fresh: boolean | undefined): Promise<readonly string[]> {
    const roots = this.#shared?.all(fresh) ?? this.#roots;
    const served = roots.join('\n');
    if (served !== this.#served) await this.#options.rootsKnown?.(roots);
    this.#served = served;
    return roots;
  }

  /** Said once for each change: a port that stays taken is no news. */
  #stand(standing: Standing): void {
    const { log } = this.#options;
    const before = this.#standing;
    this.#standing = standing;
    this.#settle(standing);
    if (before?.kind === standing.kind) return;
    this.#options.stands?.(standing);
    switch (standing.kind) {
      case 'serving':
        log('info', `The gateway serves AI clients at ${standing.url}.`);
        return;
      case 'joined':
        log('info', `Another router of yours holds the gateway at ${standing.url}, and serves the folders open here.`);
        return;
      case 'foreign':
        // Who was pointed at a gateway of ours goes on asking there.
        if (before?.kind === 'joined') log('error', `${standing.reason} ${LOST}`);
        else log('warn', standing.reason);
        return;
      case 'away':
        log('warn', `The gateway cannot listen on port ${this.#options.port}: ${standing.reason}.`);
        return;
      default:
        standing satisfies never;
    }
  }
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

function heldReason(port: number, holder: 'foreign' | 'silent'): string {
  const [what, step] =
    holder === 'foreign'
      ? ['something that is no gateway of yours', 'End that program']
      : ['something that does not answer, perhaps a gateway of yours that is stopped', 'Let it go on or end it'];
  return `Port ${port} is held by ${what}, so other AI clients cannot reach the router. ${step}, or set another port (routingPolicy.gateway.port, or --port).`;
}

/** Resolves after so many milliseconds, or at once when one of the signals is aborted. */
function sleep(ms: number, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((settle) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', done);
      settle();
    }
    for (const signal of signals) signal.addEventListener('abort', done, { once: true });
    if (signals.some(({ aborted }) => aborted)) done();
  });
}

import { type Calibration, observe } from '../models/calibration.ts';
import type { Attempt } from '../usage/attempt.ts';
import { saveCalibration } from '../usage/calibrationStore.ts';
import type { DecisionLog } from '../usage/decisionLog.ts';
import type { Ledger } from '../usage/ledger.ts';
import { repoKey } from '../usage/repoKey.ts';
import type { Recorder } from './context.ts';

/** What the person's state folder offers; a part that cannot be had is missing, and `warning` says why. */
export interface RecordStores {
  readonly folder: string | undefined;
  readonly ledger: Ledger | undefined;
  readonly decisions: DecisionLog | undefined;
  readonly key: Buffer | undefined;
  readonly calibration: Calibration;
  readonly warning: string | undefined;
}

/** Calibration is kept once in so many observations, and at the end. */
const saveEvery = 20;
/** Whose names are remembered. */
const mostRepositories = 500;

/** Writes attempts to the ledger and decisions to the local log, and keeps what token counts have taught. */
export class LedgerRecorder implements Recorder {
  readonly #stores: RecordStores;
  #calibration: Calibration;
  #unsaved = 0;
  readonly #repoKeys = new Map<string, string>();
  #logWarning: string | undefined;

  constructor(stores: RecordStores) {
    this.#stores = stores;
    this.#calibration = stores.calibration;
  }

  get calibration(): Calibration {
    return this.#calibration;
  }

  record(attempt: Attempt, { root, classes, conditions }: Parameters<Recorder['record']>[1]): void {
    const placed = { ...attempt, ...(root ? { repoKey: this.repoKey(root) } : {}) };
    this.#stores.ledger?.record(placed, classes, conditions);
  }

  together(work: () => void): void {
    const { ledger } = this.#stores;
    if (ledger) ledger.together(work);
    else work();
  }

  outcome(attemptId: string, outcome: Attempt['outcome']): void {
    this.#stores.ledger?.setOutcome(attemptId, outcome);
  }

  decided(entry: Parameters<Recorder['decided']>[0]): void {
    const { requestId, at, decision, workspace } = entry;
    // What a rule keeps from leaving this machine, a secret that was pasted say, is not kept for thirty days either.
    const { text: _, ...withoutText } = entry.facts;
    const facts = decision.outcome.kind === 'blocked' ? withoutText : entry.facts;
    void this.#stores.decisions
      ?.append({ requestId, at, facts, decision, ...(workspace ? { root: workspace.root } : {}) })
      .then((result) => {
        this.#logWarning = result.kind === 'failed' ? result.reason : undefined;
      });
  }

  observeTokens(model: string, estimated: number, actual: number): void {
    this.#calibration = observe(this.#calibration, model, estimated, actual);
    this.#unsaved += 1;
    if (this.#unsaved >= saveEvery) void this.save();
  }

  /** A repository's name in the ledger. */
  repoKey(root: string): string {
    const known = this.#repoKeys.get(root);
    if (known !== undefined) return known;
    const key = this.#stores.key ? repoKey(this.#stores.key, root) : '';
    if (this.#repoKeys.size >= mostRepositories) this.#repoKeys.clear();
    this.#repoKeys.set(root, key);
    return key;
  }

  warning(): string | undefined {
    const health = this.#stores.ledger?.health;
    if (health?.kind === 'degraded') return health.reason;
    return this.#stores.warning ?? this.#logWarning;
  }

  async save(): Promise<void> {
    if (!this.#stores.folder || this.#unsaved === 0) return;
    this.#unsaved = 0;
    await saveCalibration(this.#stores.folder, this.#calibration);
  }
}

import { type Calibration, observe } from '../models/calibration.ts';
import type { LayeredPolicy } from '../policy/layers.ts';
import type { Facts } from '../routing/facts.ts';
import type { Attempt } from '../usage/attempt.ts';
import { saveCalibration } from '../usage/calibrationStore.ts';
import type { DecisionLog } from '../usage/decisionLog.ts';
import type { Ledger } from '../usage/ledger.ts';
import { repoKey } from '../usage/repoKey.ts';
import type { Recorder } from './context.ts';
import { declaredIn } from './declaredNames.ts';

/** What the person's state folder offers; a part that cannot be had is missing, and `warning` says why. */
export interface RecordStores {
  readonly folder: string | undefined;
  readonly ledger: Ledger | undefined;
  readonly decisions: DecisionLog | undefined;
  readonly key: Buffer | undefined;
  readonly calibration: Calibration;
  readonly warning: string | undefined;
  /** Told of each attempt before it is written down. @returns what a person has to know, in a sentence */
  recording?(attemptId: string): string | undefined;
}

/** Calibration is kept once in so many milliseconds in which something was observed, and at the end. */
const saveEveryMs = 10_000;
/** Whose names are remembered. */
const mostRepositories = 500;
const mostNamed = 1_000;

/** Writes attempts to the ledger and decisions to the local log, and keeps what token counts have taught. */
export class LedgerRecorder implements Recorder {
  readonly #stores: RecordStores;
  #calibration: Calibration;
  /** Policies whose names are written down, by their hashes. */
  readonly #named = new Set<string>();
  #isUnsaved = false;
  #saving: NodeJS.Timeout | undefined;
  readonly #repoKeys = new Map<string, string>();
  #logWarning: string | undefined;
  #recordingWarning: string | undefined;

  constructor(stores: RecordStores) {
    this.#stores = stores;
    this.#calibration = stores.calibration;
    stores.ledger?.announces((attemptId) => {
      this.#recordingWarning = stores.recording?.(attemptId);
    });
  }

  get calibration(): Calibration {
    return this.#calibration;
  }

  record(attempt: Attempt, { root, classes, conditions, fileKeys }: Parameters<Recorder['record']>[1]): void {
    const placed = root ? { ...attempt, repoKey: this.repoKey(root) } : attempt;
    this.#stores.ledger?.record(placed, classes, conditions, fileKeys);
  }

  together(work: () => void): void {
    const { ledger } = this.#stores;
    if (ledger) ledger.settle(work);
    else work();
  }

  inForce(policy: LayeredPolicy, at: number): void {
    if (this.#named.has(policy.hash)) return;
    if (this.#named.size >= mostNamed) this.#named.clear();
    const written = this.#stores.ledger?.policies.write({ hash: policy.hash, at, ...declaredIn(policy) });
    if (written?.kind === 'written') this.#named.add(policy.hash);
  }

  outcome(attemptId: string, outcome: Attempt['outcome'], at: number): void {
    const { ledger } = this.#stores;
    ledger?.setOutcome(attemptId, outcome);
    if (outcome === 'accepted' || outcome === 'rejected') {
      ledger?.tasks.signal({ attemptId, at, signal: outcome, source: 'editor' });
    }
  }

  decided(entry: Parameters<Recorder['decided']>[0]): void {
    const { requestId, at, decision, workspace } = entry;
    // What a rule keeps from leaving this machine, a secret that was pasted say, is not kept for thirty days either.
    const facts = decision.outcome.kind === 'blocked' ? withoutText(entry.facts) : entry.facts;
    const record = { requestId, at, facts, decision };
    void this.#stores.decisions?.append(workspace ? { ...record, root: workspace.root } : record).then((result) => {
      this.#logWarning = result.kind === 'failed' ? result.reason : undefined;
    });
  }

  observeTokens(model: string, estimated: number, actual: number): void {
    this.#calibration = observe(this.#calibration, model, estimated, actual);
    this.#isUnsaved = true;
    this.#saving ??= setTimeout(() => void this.save(), saveEveryMs).unref();
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
    const { health, loss } = this.#stores.ledger ?? {};
    const warnings = [health?.kind === 'degraded' ? health.reason : undefined, loss, this.#recordingWarning];
    const loud = warnings.filter((warning) => warning !== undefined).join(' ');
    if (loud !== '') return loud;
    return this.#stores.warning ?? this.#logWarning;
  }

  async save(): Promise<void> {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    if (!this.#stores.folder || !this.#isUnsaved) return;
    this.#isUnsaved = false;
    await saveCalibration(this.#stores.folder, this.#calibration);
  }
}

function withoutText({ text: _, ...rest }: Facts): Facts {
  return rest;
}

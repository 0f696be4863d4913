import type { ModelRecord, Price } from '../models/model.ts';
import type { OverrideRequest } from './session/override.ts';
import type { Session } from './session/session.ts';

/** What constraints look at in a provider. A missing field is unknown and fails a constraint that asks for it. */
export interface ProviderFacts {
  readonly id: string;
  /** Configured, and with a credential where it needs one. */
  readonly usable: boolean;
  /** Why not, in a sentence, when `usable` is false. */
  readonly unusableReason?: string;
  /** The host of its endpoint; left out for the editor's own channel and for models in this process. */
  readonly host?: string;
  /** On this machine. */
  readonly local?: boolean;
  readonly residency?: string;
  readonly retention?: string;
  /** Whose models it serves, for those that the catalogue does not know; left out: not known. */
  readonly makers?: readonly string[];
  /** What it can carry. */
  readonly serves: { readonly chat: boolean; readonly completion: boolean };
  /** Labelled wherever a person sees it. */
  readonly simulated?: boolean;
}

/** A measured answer to "may this model be used for this": files in the repository name them; nobody makes one up. */
export interface Attestation {
  /** `provider/model`, or a model's name whoever serves it. */
  readonly target: string;
  /** The layer by whose `attestations` it was judged; left out: it counts for whichever layer asks. */
  readonly layer?: string;
  readonly valid: boolean;
  /** Why not, in a sentence, when it is not valid. */
  readonly reason?: string;
}

/** What was spent of a budget, in nano-dollars. */
export interface BudgetSpend {
  readonly spentNanoUsd: number;
  /** Set aside for requests under way, or held by others who share the budget. */
  readonly reservedNanoUsd: number;
  /** What whoever counts it allows, where that is less than the policy says. */
  readonly limitNanoUsd?: number;
  /** Of a budget that is leased in small amounts from whoever counts it; left out: it is counted here. */
  readonly lease?: {
    /** Up to where it is leased: what a request takes from a lease was granted, and stays within that. */
    readonly ceilingNanoUsd: number;
    /** What one request can have of it, where no more is to be had; left out: more is asked for when it is needed. */
    readonly mostNanoUsd?: number;
  };
}

/**
 * The world that a decision is given, so that it can be pure. Functions in it must be pure too. Money is in nano-dollars,
 * time in milliseconds since the epoch.
 */
export interface State {
  readonly now: number;
  /** undefined: no such provider is configured. */
  provider(id: string): ProviderFacts | undefined;
  /** undefined: not in the catalogue; its capabilities are then unknown and not held against it. */
  model(provider: string, model: string): ModelRecord | undefined;
  /** undefined: unpriced. */
  price(provider: string, model: string): Price | undefined;
  /** A provider or target that must be left alone now, and why, in a sentence; undefined when healthy. */
  unhealthy(provider: string, model: string): string | undefined;
  /** By budget id. Missing: nothing is known, which a budget with `onUnknown: "closed"` does not accept. */
  readonly spent: Readonly<Record<string, BudgetSpend>>;
  /** Why nothing is known of a budget's spending, in a sentence, by its id. */
  readonly uncounted?: Readonly<Record<string, string>> | undefined;
  /** What a person said when a budget asked, by budget id. Missing: nobody was asked. */
  readonly answers?: Readonly<Record<string, 'yes' | 'no'>> | undefined;
  /** What this task has cost so far, for `maxCostUsd` and budgets per task. */
  readonly taskSpentNanoUsd: number;
  readonly attestations: readonly Attestation[];
  /** Estimated output of this request, in tokens, for the low and the high end of its cost. */
  readonly outputTokens: { readonly low: number; readonly high: number };
  /** Input tokens of this request for one model, with what calibration has learned. undefined: unknown. */
  inputTokens(provider: string, model: string): { readonly low: number; readonly high: number } | undefined;
  /** The conversation that this request belongs to; left out for one that stands alone. */
  readonly session?: Session | undefined;
  /** What somebody asked for against the policy's own choice; left out when nobody did. */
  readonly override?: OverrideRequest | undefined;
  /** False in an untrusted workspace: preferences spend nothing there, the user's own default is used. */
  readonly trusted: boolean;
  /** The user's own default target, for a folder without a policy and for untrusted workspaces. */
  readonly userDefault?: string | undefined;
}

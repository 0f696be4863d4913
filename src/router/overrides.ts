import type { OverrideOptions, OverrideResult } from '../contract/messages.ts';
import type { LayeredPolicy } from '../policy/layers.ts';
import { type OverrideRules, overridesIn } from '../policy/overrides.ts';
import { chainOfName } from '../routing/candidate.ts';
import { formatUsd } from '../routing/labels.ts';
import { deniedBy, type OverrideRequest } from '../routing/session/override.ts';
import { refusalWords } from '../routing/session/words.ts';
import type { OverrideBook, OverrideEntry } from '../usage/overrideBook.ts';
import type { WriteResult } from '../usage/writeResult.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { type Prepared, policyIn } from './prepare.ts';
import { priceNow, type World } from './world.ts';

/** How long an override lasts where no rule says so. */
const longestMs = 24 * 3_600_000;
const mostReason = 500;

export interface OverridePorts {
  readonly book: OverrideBook;
  /** A repository's name in what is written down. */
  repoKey(root: string): string;
  now(): number;
}

/** What people and clients ask for against the policy's own choice: taken down here, granted or refused by each decision. */
export class Overrides {
  readonly #ports: OverridePorts;

  constructor(ports: OverridePorts) {
    this.#ports = ports;
  }

  /** What was asked for on behalf of one request: the model that its client names, else what a person chose. */
  asked(
    workspace: Workspace | undefined,
    taskId: () => string,
    requested: string | undefined,
  ): OverrideRequest | undefined {
    const { book, now } = this.#ports;
    const active = this.#active(workspace, taskId);
    const target = requested ?? active?.target;
    if (target === undefined) return undefined;
    // What is running already was counted when it began.
    const counted = active !== undefined && (requested === undefined || active.target === requested) ? 1 : 0;
    return {
      target,
      by: requested === undefined ? (active?.by ?? 'person') : 'client',
      // A person's reason is for what that person asked for, not for whatever a client names meanwhile.
      ...(active?.reason === undefined || active.target !== target ? {} : { reason: active.reason }),
      usedToday: Math.max(0, book.begunOn(now()) - counted),
    };
  }

  /** A request went where its client asked: that counts once a task. @returns undefined where there is nothing to write down */
  followed({ decision, facts, workspace, inForce }: Prepared, taskId: string): WriteResult | undefined {
    const isClients = decision.why.some((reason) => reason.kind === 'overridden' && reason.by === 'client');
    const target = facts.requested;
    if (!isClients || target === undefined || this.#active(workspace, () => taskId)?.target === target)
      return undefined;
    const policy = policyIn(inForce);
    const { expiresMs = longestMs } = policy ? overridesIn(policy) : {};
    const at = this.#ports.now();
    const until = at + Math.min(expiresMs, longestMs);
    return this.#ports.book.begin({ at, repoKey: this.#key(workspace), target, by: 'client', until, taskId });
  }

  options(
    policy: LayeredPolicy | undefined,
    workspace: Workspace | undefined,
    world: World,
    team: string | undefined,
  ): OverrideOptions {
    if (policy === undefined) return { allowed: false, rules: noPolicy, reasonRequired: false, targets: [] };
    const rules = overridesIn(policy);
    const denied = this.#denied(rules, { target: '', reason: 'any' }, team);
    const active = this.#active(workspace);
    return {
      allowed: denied === undefined,
      rules: denied ?? rulesWords(rules),
      reasonRequired: rules.reasonRequired,
      targets: targetsNamed(policy).map((target) => ({ target, detail: priceWords(target, policy, world) })),
      ...(active
        ? {
            active: {
              target: active.target,
              until: active.until,
              ...(active.reason === undefined ? {} : { reason: active.reason }),
            },
          }
        : {}),
    };
  }

  begin(
    policy: LayeredPolicy | undefined,
    workspace: Workspace | undefined,
    wish: { readonly target: string; readonly reason: string | undefined },
    team: string | undefined,
  ): OverrideResult {
    if (policy === undefined) return { done: false, message: noPolicy };
    const rules = overridesIn(policy);
    const denied = this.#denied(rules, wish, team);
    if (denied !== undefined) return { done: false, message: denied };
    if (chainOfName(wish.target).length === 0) {
      return { done: false, message: `"${wish.target}" is no target. Write it as provider/model.` };
    }
    const at = this.#ports.now();
    const until = at + Math.min(rules.expiresMs ?? longestMs, longestMs);
    const reason = wish.reason?.trim().slice(0, mostReason);
    const result = this.#ports.book.begin({
      at,
      repoKey: this.#key(workspace),
      target: wish.target,
      by: 'person',
      ...(reason ? { reason } : {}),
      until,
    });
    const kept = result.kind === 'failed' ? ` ${result.reason}.` : '';
    const minutes = Math.round((until - at) / 60_000);
    const time = minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
    return { done: true, message: `Chat and agent requests ask for ${wish.target} for ${time}.${kept}` };
  }

  end(workspace: Workspace | undefined): OverrideResult {
    if (this.#active(workspace) === undefined) return { done: false, message: 'There is no override here.' };
    const result = this.#ports.book.end(this.#key(workspace), this.#ports.now());
    const kept = result.kind === 'failed' ? ` ${result.reason}.` : '';
    return { done: true, message: `The policy chooses again.${kept}` };
  }

  #active(workspace: Workspace | undefined, taskId?: () => string): OverrideEntry | undefined {
    return this.#ports.book.active(this.#key(workspace), this.#ports.now(), taskId);
  }

  #key(workspace: Workspace | undefined): string {
    return workspace ? this.#ports.repoKey(workspace.root) : '';
  }

  /** Why an override cannot even be taken down, in a sentence. */
  #denied(
    rules: OverrideRules,
    { target, reason }: { readonly target: string; readonly reason: string | undefined },
    team: string | undefined,
  ): string | undefined {
    const usedToday = this.#ports.book.begunOn(this.#ports.now());
    const request = { target, by: 'person' as const, ...(reason === undefined ? {} : { reason }), usedToday };
    const because = deniedBy(rules, request, team);
    if (because === undefined) return undefined;
    const words = refusalWords(because, rules.layer, () => '');
    return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
  }
}

const noPolicy = 'There is no policy here: your own default model is used (routingPolicy.defaultTarget).';

function rulesWords({ direction, reasonRequired, expiresMs, maxPerDay }: OverrideRules): string {
  const parts = [
    direction === 'up' ? 'a dearer model than the policy’s choice' : 'another model',
    ...(reasonRequired ? ['with a reason'] : []),
    ...(expiresMs === undefined ? [] : [`for ${Math.round(expiresMs / 60_000)} minutes`]),
    ...(maxPerDay === undefined ? [] : [`${maxPerDay} times a day`]),
  ];
  return `The policy lets you ask for ${parts.join(', ')}.`;
}

/** Every target that the layers name in a route, each once, in their order. */
function targetsNamed({ layers }: LayeredPolicy): readonly string[] {
  const chains = layers
    .filter(({ prefers }) => prefers)
    .flatMap(({ policy }) => [
      ...policy.aliases.values(),
      policy.default.use,
      ...policy.classes.map(({ route }) => route.use),
    ]);
  return [...new Set(chains.flat().flatMap((target) => (target.kind === 'model' ? [target.target] : [])))];
}

function priceWords(target: string, policy: LayeredPolicy, world: World): string {
  const slash = target.indexOf('/');
  const price = priceNow(world, policy, target.slice(0, slash), target.slice(slash + 1));
  const configured = world.provider(target.slice(0, slash)) === undefined ? ', provider not configured' : '';
  if (price === undefined) return `price not known${configured}`;
  // Rates are nano-dollars a token; prices are told per million.
  const { input, output } = price.rates;
  return `${formatUsd(input * 1e6)} in, ${formatUsd(output * 1e6)} out per million tokens${configured}`;
}

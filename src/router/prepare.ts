import type { RequestKind } from '../policy/schema.ts';
import { classify } from '../routing/classify.ts';
import { decide } from '../routing/decide.ts';
import type { Decision } from '../routing/decision.ts';
import type { Facts } from '../routing/facts.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { type RouterContext, worldOf } from './context.ts';
import type { PolicyInForce } from './policies.ts';
import { createState, type World } from './world.ts';

/** A request whose way has been decided, and everything that it was decided on. */
export interface Prepared {
  readonly requestId: string;
  readonly at: number;
  readonly workspace: Workspace | undefined;
  readonly inForce: PolicyInForce;
  readonly world: World;
  readonly facts: Facts;
  readonly decision: Decision;
  readonly estimatedTokens: number;
}

export interface PrepareRequest {
  readonly uris: readonly string[];
  readonly kind: RequestKind;
  readonly estimatedTokens: number;
  readonly taskSpentNanoUsd: number;
  readonly signal: AbortSignal;
  facts(workspace: Workspace, inForce: PolicyInForce): Promise<Facts>;
  /** The facts where there is no repository to ask. */
  readonly bareFacts: Facts;
}

export function policyIn(inForce: PolicyInForce): Exclude<PolicyInForce, { kind: 'none' }>['policy'] | undefined {
  return inForce.kind === 'none' ? undefined : inForce.policy;
}

/** Facts, then the decision: the first half of every request's way, whatever door it came in by. */
export async function prepare(context: RouterContext, request: PrepareRequest): Promise<Prepared> {
  const workspace = await context.workspaceOf(request.uris);
  const inForce: PolicyInForce = workspace ? await context.policyOf(workspace, request.signal) : { kind: 'none' };
  const facts = workspace ? await request.facts(workspace, inForce) : request.bareFacts;
  const policy = policyIn(inForce);
  const world = worldOf(context);
  const classOfWork = policy ? classify(policy, facts).class : 'default';
  const state = createState(world, {
    kind: request.kind,
    policy,
    estimatedTokens: request.estimatedTokens,
    spent: context.spent(inForce, classOfWork, workspace?.root ?? ''),
    taskSpentNanoUsd: request.taskSpentNanoUsd,
  });
  return {
    requestId: context.newId(),
    at: context.now(),
    workspace,
    inForce,
    world,
    facts,
    decision: decide(policy, facts, state),
    estimatedTokens: request.estimatedTokens,
  };
}

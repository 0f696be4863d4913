import { isDearTier } from '../models/tier.ts';
import { hasMoneyLimits } from '../policy/layers.ts';
import type { ChatCall } from './door.ts';
import { type Prepared, policyIn } from './prepare.ts';

/** The call without its wish for a dearer tier of service, where the policy limits money: that is by the list price. */
export function atListPrice(call: ChatCall, { inForce }: Pick<Prepared, 'inForce'>): ChatCall {
  const { params } = call;
  const policy = policyIn(inForce);
  const { tier, ...notes } = params.conversation.notes ?? {};
  if (!policy || !hasMoneyLimits(policy) || !isDearTier(tier)) return call;
  return { ...call, params: { ...params, conversation: { ...params.conversation, notes } } };
}

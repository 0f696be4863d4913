import { findModel } from '../models/catalogue.ts';
import type { LayeredPolicy } from '../policy/layers.ts';
import type { TestGround } from '../routing/policyTests.ts';
import type { Machine } from './machine.ts';

/** What a policy's own tests are run against here: the catalogue, the prices, and what is known of providers. */
export function testGround(machine: Machine, policy: LayeredPolicy): TestGround {
  return {
    now: machine.world.now(),
    model: (_provider, model) => findModel(model),
    price: (provider, model) => machine.price(policy, provider, model),
    provider: (id) => (machine.knowsProvider(id) ? machine.world.provider(id)?.facts() : undefined),
  };
}

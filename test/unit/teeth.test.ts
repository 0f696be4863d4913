// Every key of the policy language is tried through the door that an editor uses: a rule that is broken refuses, sends
// elsewhere, or says that it is not enforced here.
import { beforeEach, describe, expect, test } from 'vitest';
import { setStage } from '../host/routerStage.ts';
import { bench as benchOf, files, type Tooth } from './teeth/bench.ts';
import { conditionTeeth } from './teeth/conditions.ts';
import { schemaKeys } from './teeth/keys.ts';
import { layerTeeth } from './teeth/layers.ts';
import { attestationTeeth, budgetTeeth, constraintTeeth, priceTeeth } from './teeth/limits.ts';
import { diffTeeth, moduleTeeth, overrideTeeth, testTeeth, wholeTeeth } from './teeth/rest.ts';
import { routeTeeth } from './teeth/routes.ts';

const bench = benchOf(setStage({ files }));

const tables = [
  wholeTeeth,
  layerTeeth,
  moduleTeeth,
  diffTeeth,
  conditionTeeth,
  routeTeeth,
  constraintTeeth,
  budgetTeeth,
  attestationTeeth,
  priceTeeth,
  overrideTeeth,
  testTeeth,
].map((table) => Object.entries(table(bench)));

beforeEach(() => bench.forget());

test('every key of the schema has one test, or a reason to have none, and nothing else has', () => {
  expect(tables.flatMap((table) => table.map(([key]) => key)).sort()).toEqual(schemaKeys());
});

const tried = tables
  .flat()
  .filter((entry): entry is [string, Exclude<Tooth, object & { none: string }>] => typeof entry[1] === 'function');

describe('the key', () => {
  test.each(tried)('%s', async (_, tooth) => tooth());
});

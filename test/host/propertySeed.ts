import fc from 'fast-check';

/**
 * Property tests draw the same examples on every run, so that a change is judged by what it changed.
 * `PROPERTY_SEED=random` explores others, and `PROPERTY_RUNS=20000` more of them.
 */
const { PROPERTY_SEED: seed, PROPERTY_RUNS: runs } = process.env;

fc.configureGlobal({
  ...(seed === 'random' ? {} : { seed: seed === undefined ? 20_261_122 : Number(seed) }),
  ...(runs === undefined ? {} : { numRuns: Number(runs) }),
});

import { readdirSync, readFileSync } from 'node:fs';

const PRESETS = new URL('../../policies/', import.meta.url);

/** The policies that mutants are made from: what we ship, and one that uses every key of the language. */
export function seedPolicies(): readonly string[] {
  const presets = readdirSync(PRESETS).filter((name) => name.endsWith('.json'));
  return [
    ...presets.map((name) => readFileSync(new URL(name, PRESETS), 'utf8')),
    readFileSync(new URL('everything.jsonc', import.meta.url), 'utf8'),
  ];
}

import type { ModelRecord } from './model.ts';
import { type ModelKey, modelKey } from './modelKey.ts';
import { type OverlayRow, overlay } from './overlay.ts';

const withTag = ({ key, variant }: ModelKey): string => (variant === undefined ? key : `${key}:${variant}`);

const byName = new Map<string, OverlayRow>();
const byId = new Map<string, OverlayRow>();
for (const row of overlay) {
  byId.set(modelKey(row.id).key, row);
  for (const name of [row.id, ...(row.aliases ?? [])]) byName.set(withTag(modelKey(name)), row);
}

/** Every model in the catalogue, for completion in the policy file and for the quick pick. */
export const catalogue: readonly ModelRecord[] = overlay;

/**
 * What is known about a model, by any spelling of its name: with dots or dashes, a vendor's prefix, a date, a region,
 * a tag. undefined: not in the catalogue. Nothing is guessed: a name that differs in a word or number is another model.
 */
export function findModel(model: string): ModelRecord | undefined {
  return findRow(modelKey(model));
}

/** The row behind {@link findModel}, prices and all. */
export function findRow(name: ModelKey): OverlayRow | undefined {
  // A tag says how a model was packed, so any tag of a model's id will do. Behind a mere alias it may tell models apart.
  return byName.get(withTag(name)) ?? byId.get(name.key);
}

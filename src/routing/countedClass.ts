import type { PolicyLayer } from '../policy/layers.ts';
import { qualified } from '../policy/outer.ts';
import type { LayerView } from './classify.ts';

/**
 * What budgets per class count a request as, by one layer: the class that this layer gives it. Named so that it stays the
 * same when a file is edited or looked at from another folder: the repository's file and its committed version count
 * together, and so do two versions of one baseline. Attempts are then counted in both, never in neither.
 */
export function countedClass({ layer, own }: Pick<LayerView, 'layer' | 'own'>): string {
  return qualified(lastingName(layer), own?.source.id ?? 'default');
}

function lastingName({ name, ownName = name, origin }: PolicyLayer): string {
  return origin === 'repository' || origin === 'committed' ? '' : ownName.replace(/-\d+$/, '');
}

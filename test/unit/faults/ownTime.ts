import { patienceOf } from '../../../src/router/patience.ts';
import { haveGoByOwnTime } from '../../host/ownTimers.ts';

/**
 * Has a provider's deadlines go by own time, which are made of this setting.
 *
 * @param chatTimeoutMs of `chat.timeoutMs`
 * @returns what has all go by the wall again
 */
export function goByOwnTime(chatTimeoutMs: number): () => void {
  const { deadlineMs, patience } = patienceOf(chatTimeoutMs);
  return haveGoByOwnTime([deadlineMs, ...Object.values(patience)]);
}

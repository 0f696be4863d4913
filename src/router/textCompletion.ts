import type { ChatEvent } from '../chat/events.ts';
import type { ResolvedTarget } from '../policy/compiled.ts';
import { ProviderFailure } from '../providers/failure.ts';
import type { CallOptions, Provider } from '../providers/provider.ts';
import type { AttemptTap } from './dispatch.ts';

/** A text to go on with, or a place between two texts to fill, where no editor says which file it is of. */
export interface TextCompletion {
  readonly prefix: string;
  /** Empty for a mere continuation. */
  readonly suffix: string;
  /** In tokens. */
  readonly maxOutputTokens?: number;
  readonly stop: readonly string[];
}

/** In tokens. What older libraries take for the longest answer when nothing is said is less than a block of code. */
export const longestCompletion = 256;

/**
 * Has one provider fill the place, and tells the answer in the events of a chat.
 *
 * @throws {ProviderFailure}
 */
export async function completeText(
  provider: Provider,
  target: ResolvedTarget,
  { prefix, suffix, maxOutputTokens = longestCompletion, stop }: TextCompletion,
  options: CallOptions,
  tap: AttemptTap,
  emit: (event: ChatEvent) => void | Promise<void>,
): Promise<void> {
  if (!provider.complete) {
    throw new ProviderFailure('bad-request', provider.id, `${provider.id} does not serve completions.`);
  }
  const most = Math.min(target.maxOutputTokens ?? Infinity, maxOutputTokens);
  const { model } = target;
  const { text, usage, servedModel } = await provider.complete(
    { model, prefix, suffix, multiline: true, maxOutputTokens: most, stop },
    options,
  );
  tap.usage(usage);
  if (servedModel) tap.servedModel(servedModel);
  tap.commit();
  tap.said(text);
  await emit({ kind: 'text', text });
  await emit({ kind: 'usage', usage });
  await emit({ kind: 'finished', reason: usage.outputTokens >= most ? 'length' : 'end' });
}

import type { Lost } from '../chat/events.ts';
import type { Provider } from './provider.ts';

/** What a file for one wire of chat brings to a provider. */
export type ChatWire = Required<Pick<Provider, 'chat' | 'models' | 'forward'>>;

/** A request in a dialect's own form. */
export interface WrittenBody {
  readonly body: object;
  readonly lost: readonly Lost[];
}

import type { ChatEvent } from './events.ts';
import { StreamFault } from './fault.ts';
import { jsonOrUndefined } from './untrusted.ts';

/** What a call is beside its name, in dialects that have more than functions. */
export interface CallKind {
  readonly custom?: true;
  readonly namespace?: string;
}

interface PendingCall {
  readonly index: number;
  readonly callId: string;
  readonly name: string;
  readonly kind: CallKind;
  pieces: string[];
  ended: boolean;
}

/**
 * The tool calls of one answer while they are being written, in any order and interleaved. A call is whole when the
 * provider says so or, at the end of the answer, when its arguments are JSON: half a call is never handed on.
 */
export class PendingCalls {
  readonly #calls = new Map<string, PendingCall>();
  readonly #ids = new Set<string>();

  get count(): number {
    return this.#calls.size;
  }

  has(key: string): boolean {
    return this.#calls.has(key);
  }

  callIdOf(key: string): string | undefined {
    return this.#calls.get(key)?.callId;
  }

  /** `key` is how the dialect tells its calls apart. A call without an id, or with one already taken, is given one. */
  start(key: string, givenId: string, name: string, kind: CallKind = {}): ChatEvent[] {
    if (this.#calls.has(key)) throw new StreamFault('malformed', 'The provider started the same tool call twice.');
    if (name === '') throw new StreamFault('malformed', 'The provider started a tool call without the name of a tool.');
    const index = this.#calls.size;
    let callId = givenId === '' ? `call_${index}` : givenId;
    for (let copy = 2; this.#ids.has(callId); copy++) callId = `${givenId === '' ? 'call' : givenId}_${index}_${copy}`;
    this.#ids.add(callId);
    this.#calls.set(key, { index, callId, name, kind, pieces: [], ended: false });
    return [{ kind: 'tool-call-started', index, callId, name, ...kind }];
  }

  add(key: string, piece: string): ChatEvent[] {
    const call = this.#calls.get(key);
    if (call === undefined || call.ended) {
      throw new StreamFault('malformed', 'The provider sent arguments for a tool call that is not open.');
    }
    if (piece === '') return [];
    call.pieces.push(piece);
    return [{ kind: 'tool-call-delta', index: call.index, arguments: piece }];
  }

  /**
   * The provider says that the call is over. `whole` replaces its pieces where the provider repeats the arguments. A call
   * of a function whose arguments are not JSON waits for {@link finish}: the answer may have been cut short by its length.
   */
  end(key: string, whole?: string): ChatEvent[] {
    const call = this.#calls.get(key);
    if (call === undefined || call.ended) return [];
    const events: ChatEvent[] = [];
    if (whole !== undefined && whole !== '' && whole !== call.pieces.join('')) {
      if (call.pieces.length === 0) {
        events.push({ kind: 'tool-call-delta', index: call.index, arguments: whole });
      }
      call.pieces = [whole];
    }
    if (call.kind.custom !== true && !isWhole(call)) return events;
    events.push(handOn(call));
    return events;
  }

  /** The answer is over. `cutShort`: the model stopped against its will, so a call that is not JSON was not finished. */
  finish(cutShort: boolean): ChatEvent[] {
    return [...this.#calls.values()]
      .filter((call) => !call.ended && (isWhole(call) || !cutShort))
      .sort((a, b) => a.index - b.index)
      .map(handOn);
  }
}

function argumentsOf({ pieces, kind }: PendingCall): string {
  const text = pieces.join('');
  return kind.custom !== true && text.trim() === '' ? '{}' : text;
}

/** Plain text does not show whether it is whole. */
function isWhole(call: PendingCall): boolean {
  return call.kind.custom !== true && jsonOrUndefined(argumentsOf(call)) !== undefined;
}

function handOn(call: PendingCall): ChatEvent {
  call.ended = true;
  return {
    kind: 'tool-call',
    index: call.index,
    callId: call.callId,
    name: call.name,
    arguments: argumentsOf(call),
    ...call.kind,
  };
}
